import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { localTransport } from '../../src/transport/local.ts';
import { ExecError } from '../../src/transport/transport.ts';
import { goneWithin, isAlive } from '../harness/processes.ts';

const never = new AbortController().signal;

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function node(code: string, ...more: string[]): readonly string[] {
  return [process.execPath, '-e', code, ...more];
}

test('arguments arrive as they are, never read by a shell', async () => {
  const nasty = ['a b', '$(touch x)', '`id`', '"; rm -rf /', "it's", 'line\nbreak', '*', ''];
  const child = await localTransport.exec(node('console.log(JSON.stringify(process.argv.slice(1)))', ...nasty), { signal: never });
  expect(JSON.parse(await textOf(child.stdout))).toEqual(nasty);
  expect(await child.exited).toEqual({ exitCode: 0, signal: null, killedFor: null });
});

test('streams, environment, folder and exit code', async () => {
  const child = await localTransport.exec(node('process.stdin.on("data", (d) => process.stdout.write(d)).on("end", () => { console.error(process.env.PADDOCK_X, process.cwd()); process.exit(9); })'), { signal: never, env: { PADDOCK_X: 'yes' }, cwd: '/' });
  await child.write('hello ');
  await child.write('world');
  child.closeInput();
  expect(await textOf(child.stdout)).toBe('hello world');
  expect(await textOf(child.stderr)).toBe('yes /\n');
  expect(await child.exited).toMatchObject({ exitCode: 9 });
  await expect(child.write('more')).rejects.toThrow();
});

test('a program or folder that is not there is an ExecError that names it', async () => {
  await expect(localTransport.exec(['/nowhere/at all'], { signal: never })).rejects.toThrow(ExecError);
  await expect(localTransport.exec(['/nowhere/at all'], { signal: never })).rejects.toThrow('/nowhere/at all');
  await expect(localTransport.exec(node(''), { signal: never, cwd: '/nowhere' })).rejects.toThrow(ExecError);
  await expect(localTransport.exec([], { signal: never })).rejects.toThrow(ExecError);
});

test('an aborted signal starts nothing', async () => {
  await expect(localTransport.exec(node(''), { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
});

test('kill takes the whole group, also one that ignores SIGTERM, and says it once', async () => {
  const child = await localTransport.exec(node('process.on("SIGTERM", () => {}); const c = require("node:child_process").spawn(process.execPath, ["-e", "process.on(\'SIGTERM\', () => {}); setInterval(() => {}, 1e3)"]); console.log(c.pid); setInterval(() => {}, 1e3)'), { signal: never });
  const reader = child.stdout[Symbol.asyncIterator]();
  const grandchild = Number(Buffer.from((await reader.next()).value as Uint8Array).toString());
  await sleep(200);
  expect(isAlive(grandchild)).toBe(true);
  await Promise.all([child.kill(), child.kill()]);
  expect(await child.exited).toEqual({ exitCode: null, signal: 'SIGKILL', killedFor: null });
  expect(await goneWithin(grandchild, 120_000)).toBe(true);
  await child.kill();
});

test('what a process leaves behind in its group goes with it', async () => {
  const child = await localTransport.exec(node('const c = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1e3)"], {stdio: "ignore"}); console.log(c.pid); c.unref()'), { signal: never });
  const grandchild = Number(await textOf(child.stdout));
  expect(await child.exited).toMatchObject({ exitCode: 0 });
  expect(await goneWithin(grandchild, 120_000)).toBe(true);
});

test('abort is told as the reason', async () => {
  const abort = new AbortController();
  const child = await localTransport.exec(node('setInterval(() => {}, 1e3)'), { signal: abort.signal });
  abort.abort();
  expect(await child.exited).toMatchObject({ signal: 'SIGTERM', killedFor: 'abort' });
});

test('memory: under the limit nothing happens, beyond it the process is killed', { skip: process.platform !== 'linux' }, async () => {
  const eat = (mebibytes: number, ms: number): readonly string[] => node(`const kept = Buffer.alloc(${mebibytes} * 2 ** 20, 1); setTimeout(() => process.exit(kept[5] === 1 ? 0 : 1), ${ms})`);
  const small = await localTransport.exec(eat(1, 700), { signal: never, memoryLimitBytes: 400 * 2 ** 20 });
  expect(await small.exited).toEqual({ exitCode: 0, signal: null, killedFor: null });
  const large = await localTransport.exec(eat(600, 120_000), { signal: never, memoryLimitBytes: 400 * 2 ** 20 });
  expect(await large.exited).toEqual({ exitCode: null, signal: 'SIGKILL', killedFor: 'memory' });
});

test('a process that exits takes its children with it', async () => {
  const code = `
    import { localTransport } from ${JSON.stringify(new URL('../../src/transport/local.ts', import.meta.url).pathname)};
    const child = await localTransport.exec([process.execPath, '-e', 'setInterval(() => {}, 1e3)'], { signal: new AbortController().signal });
    console.log(child.pid);
    process.exit(0);`;
  const outer = await localTransport.exec([process.execPath, '--input-type=module-typescript', '-e', code], { signal: never });
  const pid = Number(await textOf(outer.stdout));
  expect(pid).toBeGreaterThan(1);
  expect(await goneWithin(pid, 120_000)).toBe(true);
});

test('push to this machine is the file itself', async () => {
  expect(await localTransport.push('/a b/model.onnx', '00', never)).toBe('/a b/model.onnx');
});
