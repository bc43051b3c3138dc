import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/harness/protocol.ts';
import { HarnessClient, HarnessCrash, HarnessGarbage, HarnessHang, type HarnessOptions, HarnessOutOfMemory, HarnessRefusal } from '../../src/harness/client.ts';
import { localTransport } from '../../src/transport/local.ts';
import { ExecError } from '../../src/transport/transport.ts';
import { goneWithin, isAlive } from './processes.ts';

const DOUBLE = new URL('../fixtures/harness/double.mjs', import.meta.url).pathname;
const never = new AbortController().signal;
/** For what is answered at once. */
const MS = 120_000;

function start(fault: string, options: Partial<HarnessOptions> = {}): Promise<HarnessClient> {
  return HarnessClient.start(localTransport, [process.execPath, DOUBLE, fault], { signal: never, helloTimeoutMs: 120_000, ...options });
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => { throw new Error('it did not fail'); }, (error: unknown) => error);
}

/** What `memory` fails with, and that nothing is left of the process then. */
async function memoryFailure(fault: string, timeoutMs = MS, options: Partial<HarnessOptions> = {}): Promise<unknown> {
  await using client = await start(fault, options);
  const error = await failureOf(client.memory(timeoutMs));
  expect(isAlive(client.hello.pid ?? -1)).toBe(false);
  expect(await failureOf(client.memory(timeoutMs))).toBe(error);
  return error;
}

test('a harness that works is greeted, asked and sent away', async () => {
  await using client = await start('none');
  expect(client.hello).toMatchObject({ harness: { name: 'double' }, protocol: 1 });
  expect(await client.memory(MS)).toEqual({ event: 'memory', id: 2, peakBytes: 2, currentBytes: 1, method: 'double' });
  await client.bye(MS);
  expect(await client.process.exited).toEqual({ exitCode: 0, signal: null, killedFor: null });
});

test('banners and lines that are no JSON object are log text', async () => {
  const seen: string[] = [];
  await using client = await start('banner', { onLog: (line) => seen.push(line) });
  await client.memory(MS);
  expect(seen).toEqual(['Welcome to the double', '{not json}', '[1,2]', 'Loading… 字']);
  expect(client.log).toContain('Welcome to the double');
});

test('an answer cut inside a character arrives whole', async () => {
  await using client = await start('split');
  expect(await client.memory(MS)).toMatchObject({ method: 'é–字' });
});

test('a program that is not there cannot be started', async () => {
  const error = await failureOf(HarnessClient.start(localTransport, ['/nowhere/harness'], { signal: never, helloTimeoutMs: 1000 }));
  expect(error).toBeInstanceOf(ExecError);
  expect(String(error)).toContain('/nowhere/harness');
});

test('a crash at start tells the exit code and the last words', async () => {
  const error = await failureOf(start('crash-at-start'));
  expect(error).toBeInstanceOf(HarnessCrash);
  expect(error).toMatchObject({ exitCode: 3, signal: null, log: 'no such library\n' });
});

test('a crash during a request tells the exit code or the signal', async () => {
  expect(await memoryFailure('crash')).toMatchObject({ name: 'HarnessCrash', exitCode: 7, log: 'about to fall\n' });
  expect(await memoryFailure('signal')).toMatchObject({ name: 'HarnessCrash', exitCode: null, signal: 'SIGSEGV' });
  expect(await memoryFailure('exit-0')).toMatchObject({ name: 'HarnessCrash', exitCode: 0 });
});

test('a harness that never greets is a hang and is killed', async () => {
  const error = await failureOf(start('mute', { helloTimeoutMs: 1500 }));
  expect(error).toBeInstanceOf(HarnessHang);
  expect(error).toMatchObject({ op: 'hello', timeoutMs: 1500 });
});

test.each(['hang', 'hang-stubborn', 'busy'])('%s: no answer in time is a hang and the process is gone', async (fault) => {
  const error = await memoryFailure(fault, 300);
  expect(error).toBeInstanceOf(HarnessHang);
  expect(error).toMatchObject({ op: 'memory', timeoutMs: 300 });
});

test.each([
  ['wrong-id', /id 3, but request 2/], ['wrong-event', /answered memory with "bye"/], ['wrong-type', /peakBytes/], ['unknown-event', /event/], ['huge-line', /longer than 67108864 bytes/],
])('%s is garbage and the process is gone', async (fault, message) => {
  const error = await memoryFailure(fault);
  expect(error).toBeInstanceOf(HarnessGarbage);
  expect(String(error)).toMatch(message);
});

test('an answer that comes twice is garbage at the next request', async () => {
  await using client = await start('twice');
  await client.memory(MS);
  await expect(client.process.exited).resolves.toMatchObject({ killedFor: null });
  expect(await failureOf(client.memory(MS))).toBeInstanceOf(HarnessGarbage);
});

test.each(['negative-latency', 'null-latency', 'no-latencies', 'too-many', 'backwards'])('a batch with %s is garbage', async (fault) => {
  await using client = await start(fault);
  const error = await failureOf(client.run({ scenario: 'single-stream', count: 5, durationNs: 1e9, callsPerQuery: 1 }, 120_000));
  expect(error).toBeInstanceOf(HarnessGarbage);
  expect(isAlive(client.hello.pid ?? -1)).toBe(false);
});

test('a server batch must answer every arrival', async () => {
  await using client = await start('none');
  expect(await failureOf(client.run({ scenario: 'server', arrivalsNs: [0, 1] }, 120_000))).toBeInstanceOf(HarnessGarbage);
});

test('a harness of another protocol version is refused', async () => {
  const error = await failureOf(start('protocol-2'));
  expect(error).toBeInstanceOf(HarnessGarbage);
  expect(String(error)).toContain('protocol 2');
});

test('a refusal leaves the harness usable', async () => {
  await using client = await start('refuse-null-id');
  const error = await failureOf(client.memory(MS));
  expect(error).toBeInstanceOf(HarnessRefusal);
  expect(error).toMatchObject({ code: 'bad-request', message: 'what?' });
  expect(Object.keys(ERROR_CODES)).toContain('bad-request');
  await client.bye(MS);
});

test('memory beyond the limit ends the harness', { skip: process.platform !== 'linux' }, async () => {
  const limitBytes = 300 * 2 ** 20;
  const error = await memoryFailure('eat-memory', MS, { memoryLimitBytes: limitBytes });
  expect(error).toBeInstanceOf(HarnessOutOfMemory);
  expect(error).toMatchObject({ limitBytes });
  expect(String(error)).toContain('300 MiB');
});

test('a bad exit code after bye is a crash; not leaving is a hang', async () => {
  await using bad = await start('bad-exit');
  expect(await failureOf(bad.bye(MS))).toMatchObject({ name: 'HarnessCrash', exitCode: 5 });
  await using stays = await start('never-leaves');
  expect(await failureOf(stays.bye(500))).toBeInstanceOf(HarnessHang);
  expect(isAlive(stays.hello.pid ?? -1)).toBe(false);
});

test('abort ends the harness and what it started, and gives the reason', async () => {
  const abort = new AbortController();
  const seen: string[] = [];
  const reason = new Error('enough');
  await using client = await start('grandchild', { signal: abort.signal, onLog: (line) => seen.push(line) });
  const grandchild = Number(/grandchild (\d+)/.exec(seen.join())?.[1]);
  expect(isAlive(grandchild)).toBe(true);
  abort.abort(reason);
  expect(await client.process.exited).toMatchObject({ killedFor: 'abort' });
  expect(await failureOf(client.memory(1000))).toBe(reason);
  expect(await goneWithin(grandchild, 60_000)).toBe(true);
});

test('abort during a request rejects it with the reason', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  await using client = await start('hang', { signal: abort.signal });
  const waiting = failureOf(client.memory(MS));
  abort.abort(reason);
  expect(await waiting).toBe(reason);
  expect(isAlive(client.hello.pid ?? -1)).toBe(false);
});

test('leaving the scope kills the harness', async () => {
  let pid = 0;
  {
    await using client = await start('never-leaves');
    pid = client.hello.pid ?? -1;
  }
  expect(isAlive(pid)).toBe(false);
});

test('a second request while one is under way is a mistake of the caller', async () => {
  await using client = await start('hang');
  const first = failureOf(client.memory(1000));
  expect(String(await failureOf(client.memory(1000)))).toContain('under way');
  expect(await first).toBeInstanceOf(HarnessHang);
});
