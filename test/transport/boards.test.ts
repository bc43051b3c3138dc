import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTransport } from '../../src/transport/open-transport.ts';
import { ExecError, type Transport } from '../../src/transport/transport.ts';
import type { Board } from '../lab/board.ts';
import type { KindName } from '../lab/kinds/registry.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { bytesOf, faultOf, LocalFiles, never, run, textOf } from './reading.ts';

const NAMES: readonly KindName[] = ['pixel', 'galaxy', 'jetson', 'rpi'];
/** What a program, a folder or a file may be called; none of it may ever be read by a shell. */
const NASTY = ['a b', '$(touch /tmp/paddock-was-here)', '`id`', '"; rm -rf /', "it's", 'line\nbreak', '*', '', '-rf', '--', '\\n', '~', '&', 'ünïcode ☃'];

describe.skipIf(lacksLab).each(NAMES)('transport to %s', (name) => {
  let lab: Lab;
  let board: Board;
  let transport: Transport;
  let files: LocalFiles;

  beforeAll(async () => {
    lab = await useLab([name]);
    board = lab.board(name);
    transport = await openTransport(board.address, { signal: never });
    files = await LocalFiles.make();
  }, LAB_HOOK_MS);

  afterAll(async () => {
    await transport?.close();
    await files?.[Symbol.asyncDispose]();
  });

  const running = async (word: string): Promise<number> => (await board.processes()).filter(({ command }) => command.includes(word)).length;
  /** A shell that is to start the program has its words too. */
  const started = async (word: string): Promise<number> => (await board.processes()).filter(({ command }) => command.endsWith(word) && !command.includes(' -c ')).length;
  const goneWithin = async (word: string, ms: number): Promise<boolean> => {
    for (let waited = 0; waited < ms; waited += 100) {
      if ((await running(word)) === 0) return true;
      await sleep(100);
    }
    return false;
  };

  test('arguments, variables and folders reach the device as they are', async () => {
    const { out } = await run(transport, ['printf', '%s\\0', ...NASTY], { env: { PADDOCK_X: NASTY.join('|') } });
    expect(out.split('\0').slice(0, -1)).toEqual(NASTY);
    expect((await run(transport, ['sh', '-c', 'printf %s "$PADDOCK_X"'], { env: { PADDOCK_X: NASTY.join('|') } })).out).toBe(NASTY.join('|'));
    const scratch = await transport.scratch(never);
    // Each takes a second on the emulated board.
    for (const word of NASTY.filter((each) => each !== '' && !each.includes('/')).slice(0, name === 'jetson' ? 2 : NASTY.length)) {
      const folder = `${scratch}/${word}`;
      const file = await files.of('small', Buffer.from(word));
      await transport.upload(file.path, `${folder}/${word}.bin`, { signal: never });
      expect((await run(transport, ['pwd'], { cwd: folder })).out).toBe(`${folder}\n`);
      await transport.download(`${folder}/${word}.bin`, join(files.folder, 'back'), { signal: never, maxBytes: 1000 });
      expect(await readFile(join(files.folder, 'back'), 'utf8')).toBe(word);
    }
    expect((await run(transport, ['ls', '/tmp/paddock-was-here'])).exit.exitCode).not.toBe(0);
  });

  test('separate streams, input, exit codes and signals', async () => {
    const child = await transport.exec(['sh', '-c', 'cat; echo to-err >&2; exit 9'], { signal: never });
    expect(child.pid).toBeGreaterThan(1);
    await child.write('hello ');
    await child.write('world');
    child.closeInput();
    expect(await Promise.all([textOf(child.stdout), textOf(child.stderr), child.exited])).toEqual(['hello world', 'to-err\n', { exitCode: 9, signal: null, killedFor: null }]);
    expect((await run(transport, ['sh', '-c', 'exit 255'])).exit.exitCode).toBe(255);
    expect((await run(transport, ['sh', '-c', 'kill -TERM $$'])).exit).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
    await expect(child.write('more')).rejects.toThrow();
  });

  test('bytes are bytes, and many of them come whole', async () => {
    const mebibytes = name === 'jetson' ? 4 : 32;
    const child = await transport.exec(['sh', '-c', `head -c ${mebibytes * 2 ** 20} /dev/urandom >random; cat random & cat random >&2; wait`], { signal: never, cwd: await transport.scratch(never) });
    const [out, err] = await Promise.all([bytesOf(child.stdout), bytesOf(child.stderr)]);
    expect(out.length).toBe(mebibytes * 2 ** 20);
    expect(out.equals(err)).toBe(true);
    expect((await child.exited).exitCode).toBe(0);
  });

  test('a program or folder that is not there is an ExecError that names it', async () => {
    await expect(transport.exec(['/nowhere/at all'], { signal: never })).rejects.toThrow(ExecError);
    await expect(transport.exec(['no-such-program'], { signal: never })).rejects.toThrow('no-such-program');
    await expect(transport.exec(['true'], { signal: never, cwd: '/nowhere' })).rejects.toThrow('/nowhere');
    await expect(transport.exec([], { signal: never })).rejects.toThrow(ExecError);
    await expect(transport.exec(['true', 'a\0b'], { signal: never })).rejects.toThrow('NUL');
    await expect(transport.exec(['true'], { signal: never, env: { 'X;id': '1' } })).rejects.toThrow('X;id');
    await expect(transport.exec(['true'], { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });

  test('kill and abort end the program on the device with all that it started, also what ignores SIGTERM', async () => {
    const child = await transport.exec(['sh', '-c', 'trap "" TERM; sleep 7777 & sleep 7777'], { signal: never });
    while ((await started('sleep 7777')) < 2) await sleep(20);
    await Promise.all([child.kill(), child.kill()]);
    expect(await child.exited).toEqual({ exitCode: null, signal: 'SIGKILL', killedFor: null });
    expect(await goneWithin('sleep 7777', 120_000)).toBe(true);

    const abort = new AbortController();
    const second = await transport.exec(['sh', '-c', 'sleep 7778 & sleep 7778'], { signal: abort.signal });
    while ((await started('sleep 7778')) < 2) await sleep(20);
    abort.abort();
    expect(await second.exited).toMatchObject({ killedFor: 'abort' });
    expect(await goneWithin('sleep 7778', 120_000)).toBe(true);
  });

  test('one that prints without end and is not read can be killed', async () => {
    const child = await transport.exec(['sh', '-c', 'while :; do echo 7779; done'], { signal: never });
    await sleep(500);
    await child.kill();
    expect(await child.exited).toMatchObject({ exitCode: null });
    expect(await goneWithin('7779', 120_000)).toBe(true);
  });

  test('what a program leaves behind goes with it, and so does all when the transport closes', async () => {
    expect((await run(transport, ['sh', '-c', 'sleep 7780 & exit 3'])).exit.exitCode).toBe(3);
    expect(await goneWithin('sleep 7780', 120_000)).toBe(true);
    const other = await openTransport(board.address, { signal: never });
    const child = await other.exec(['sleep', '7781'], { signal: never });
    const scratch = await other.scratch(never);
    await other.close();
    expect((await child.exited).exitCode).toBeNull();
    expect(await goneWithin('sleep 7781', 120_000)).toBe(true);
    expect((await run(transport, ['ls', scratch])).exit.exitCode).not.toBe(0);
    await expect(other.exec(['true'], { signal: never })).rejects.toThrow('closed');
  });

  test('memory: under the limit nothing happens, beyond it the program is killed', async () => {
    const eat = 'x=$(head -c 100000000 /dev/zero | tr "\\000" x); sleep 120; [ ${#x} -gt 5 ]';
    const small = await transport.exec(['sh', '-c', 'sleep 1.5'], { signal: never, memoryLimitBytes: 64 * 2 ** 20 });
    expect(await small.exited).toEqual({ exitCode: 0, signal: null, killedFor: null });
    const large = await transport.exec(['sh', '-c', eat], { signal: never, memoryLimitBytes: 64 * 2 ** 20 });
    expect(await large.exited).toEqual({ exitCode: null, signal: 'SIGKILL', killedFor: 'memory' });
  });

  test('identity: the same unit and boot each time, and the unit by its own number', async () => {
    const identity = await transport.identify(never);
    expect(identity.id).toBe(`serial:${board.serial}`);
    expect(identity.bootId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await transport.identify(never)).toEqual(identity);
  });

  test('push: by content, verified, once; the executable bit stays', async () => {
    const model = await files.random('model.onnx', 3_000_001);
    const before = transport.sentBytes;
    const seen: number[] = [];
    const path = await transport.push(model.path, model.sha256, never, (bytes) => seen.push(bytes));
    expect(path).toMatch(/\.onnx$/);
    expect(transport.sentBytes - before).toBe(model.bytes.length);
    expect(seen.at(-1)).toBe(model.bytes.length);
    expect((await run(transport, ['sha256sum', path])).out).toContain(model.sha256);
    expect(await transport.push(model.path, model.sha256, never)).toBe(path);
    await using second = await openTransport(board.address, { signal: never });
    expect(await second.push(model.path, model.sha256, never)).toBe(path);
    expect(second.sentBytes).toBe(0);

    const script = await files.of('run.sh', Buffer.from('#!/bin/sh\necho ran "$1"\n'), 0o755);
    expect((await run(transport, [await transport.push(script.path, script.sha256, never), 'it'])).out).toBe('ran it\n');
    const empty = await files.of('empty', Buffer.alloc(0));
    expect((await run(transport, ['cat', await transport.push(empty.path, empty.sha256, never)])).exit.exitCode).toBe(0);
  });

  test('a bundle stands in one folder under its names', async () => {
    const library = await files.random('library', 100_000);
    const runner = await files.of('runner', Buffer.from('#!/bin/sh\ncd "${0%/*}" && ls -R . && cat "lib/na me"\n'), 0o755);
    const word = await files.of('word', Buffer.from('found'));
    const bundle = [{ path: 'lib/libx.so.1', localPath: library.path, sha256: library.sha256 }, { path: 'runner', localPath: runner.path, sha256: runner.sha256 }, { path: 'lib/na me', localPath: word.path, sha256: word.sha256 }];
    const folder = await transport.pushBundle(bundle, never);
    const { out } = await run(transport, [`${folder}/runner`]);
    expect(out).toContain('libx.so.1');
    expect(out.endsWith('found')).toBe(true);
    const before = transport.sentBytes;
    expect(await transport.pushBundle([...bundle].reverse(), never)).toBe(folder);
    expect(transport.sentBytes).toBe(before);
    await expect(transport.pushBundle([{ path: '../out', localPath: word.path, sha256: word.sha256 }], never)).rejects.toThrow('../out');
  });

  test('a file that is not what its digest says is refused, and not left', async () => {
    const file = await files.random('changed', 5000);
    expect(await faultOf(transport.push(file.path, 'f'.repeat(64), never))).toBe('corrupt');
    expect(await faultOf(transport.upload(file.path, `${await transport.scratch(never)}/x`, { signal: never, sha256: 'f'.repeat(64) }))).toBe('corrupt');
    expect((await run(transport, ['ls', '-a', await transport.scratch(never)])).out).not.toContain('x');
  });

  test('downloads are bounded, whole, or not there', async () => {
    const file = await files.random('up', 400_000);
    const scratch = await transport.scratch(never);
    await transport.upload(file.path, `${scratch}/up`, { signal: never, mode: 0o755 });
    const to = join(files.folder, 'down');
    expect(await faultOf(transport.download(`${scratch}/up`, to, { signal: never, maxBytes: 399_999 }))).toBe('too-large');
    expect(await faultOf(transport.download(`${scratch}/nothing`, to, { signal: never, maxBytes: 9 }))).toBe('missing');
    expect(await faultOf(transport.download(scratch, to, { signal: never, maxBytes: 9 }))).toBe('refused');
    await expect(stat(to)).rejects.toThrow();
    await transport.download(`${scratch}/up`, to, { signal: never, maxBytes: 400_000 });
    expect((await readFile(to)).equals(file.bytes)).toBe(true);
  });

  test('a stream to a port of the device', async () => {
    // A port of the board's own loopback: nothing there can be reached from outside.
    await expect(transport.connect(1, never)).rejects.toMatchObject({ kind: 'unreachable' });
    const pid = await board.pid();
    const server = await listenInside(pid ?? 0);
    try {
      const stream = await transport.connect(server.port, never);
      stream.write('ping');
      for await (const chunk of stream) {
        expect(String(chunk)).toBe('pong:ping');
        break;
      }
      stream.destroy();
    } finally {
      server.stop();
    }
  });
});

/** An echo server on a board's loopback, which is run from here inside its network. */
async function listenInside(pid: number): Promise<{ readonly port: number; stop(): void }> {
  const code = 'require("net").createServer((s) => s.on("data", (d) => s.write("pong:" + d)).on("error", () => {})).listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
  const child = spawn('nsenter', ['-t', String(pid), '-n', process.execPath, '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  return { port, stop: () => void child.kill('SIGKILL') };
}
