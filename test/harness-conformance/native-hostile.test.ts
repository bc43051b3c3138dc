import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { HarnessClient } from '../../src/harness/client.ts';
import { localTransport } from '../../src/transport/local.ts';
import { TRAINED_MODELS } from './models.ts';
import { describeNative } from './native.ts';
import { makeSample } from './sample.ts';

const MS = 120_000;
const MUTATIONS = 3000;

/** Compiled with AddressSanitizer and UndefinedBehaviorSanitizer, so that a stray access, an overflow or a leak ends the process, and with it the test. */
describeNative('native harness against hostile input', 'sanitized', (argv, folder) => {
  const start = (...more: string[]) => HarnessClient.start(localTransport, [...argv, ...more], { signal: new AbortController().signal, helloTimeoutMs: MS });
  const [orientation] = TRAINED_MODELS;
  if (orientation === undefined) throw new Error('there is no trained model');
  const loading = (options: object): string => JSON.stringify({ op: 'load', id: 1, runtime: 'onnxruntime', model: orientation.path, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all', ...options } });
  const inputs = (sample: object[]): string => JSON.stringify({ op: 'inputs', id: 2, samples: [sample] });
  const good = makeSample(orientation, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }));
  const bad = { event: 'error', id: null, code: 'bad-request' };

  test('lines that are no JSON, too deep, too many, cut short or with broken text are refused, and it goes on', async () => {
    await using client = await start('null');
    const lines = [
      '{', '{"id":1', '{"id":1,}', '{"id":01}', '{"id":1.}', '{"id":1e}', '{"id":-}', '{"id":+1}', '{"id":nul}', '{"id":tru', '"\\u12"', '"\\ud800', '"\\x"', '"\t"', '{"id" 1}', '{id:1}', '[1 2]', '{}{}', '\u0000',
      '['.repeat(100_000), '{"a":'.repeat(100_000), `[${'0,'.repeat(5_000_000)}0]`, `"${'x'.repeat(1_000_000)}`, '{"id":1e999,"op":"memory"}', '{"id":-1,"op":"memory"}', '{"id":9007199254740993,"op":"memory"}',
    ];
    for (const line of lines) expect(await client.sendLine(line, MS)).toMatchObject(bad);
    expect(await client.sendLine('{"id":3,"op":"a\\u0000b"}', MS)).toMatchObject({ event: 'error', id: 3, code: 'bad-request' });
    expect(await client.sendLine('{"id":7,"op":"\\ud83d\\udc0e \\ud83d \\"\\\\\\n"}', MS)).toMatchObject({ event: 'error', id: 7, code: 'unknown-op', message: expect.stringContaining('🐎 \ufffd "\\\n') as string });
    expect(await client.sendLine('{"id":4,"op":"dance","id":5,"op":"memory"}', MS)).toMatchObject({ event: 'memory', id: 5 });
    await client.bye(MS);
  });

  test('a line longer than the protocol allows is dropped, and it goes on', async () => {
    await using client = await start('null');
    expect(await client.sendLine('x'.repeat(64 * 2 ** 20 + 100), MS)).toMatchObject(bad);
    expect((await client.memory(MS)).currentBytes).toBeLessThan(2 ** 30);
    await client.bye(MS);
  });

  test('numbers beyond all bounds neither overflow nor fill the memory', async () => {
    await using client = await start();
    await client.sendLine(loading({}), MS);
    const [tensor] = good;
    for (const shape of [[2 ** 53 - 1, 2 ** 53 - 1], [2 ** 52, 4], Array.from({ length: 33 }, () => 1), [2 ** 40], [1, 3, 48, 2 ** 30], [-1], [1.5]]) {
      expect(await client.sendLine(inputs([{ ...tensor, shape }]), MS)).toMatchObject({ event: 'error', id: 2 });
    }
    expect(await client.sendLine(inputs([{ ...tensor, data: '!'.repeat(1000) }]), MS)).toMatchObject({ event: 'error', id: 2, code: 'bad-input' });
    expect(await client.sendLine(inputs(good), MS)).toMatchObject({ event: 'inputs', samples: 1 });
    const run = (fields: object): Promise<unknown> => client.sendLine(JSON.stringify({ op: 'run', id: 3, scenario: 'offline', count: 1, durationNs: 0, callsPerQuery: 1, ...fields }), MS);
    expect(await run({ count: Number.MAX_SAFE_INTEGER, durationNs: 1 })).toMatchObject({ event: 'batch' });
    expect(await run({ durationNs: 1e300 })).toMatchObject({ event: 'batch' });
    for (const fields of [{ count: 2 ** 60 }, { callsPerQuery: 1e17 }, { durationNs: -1 }, { scenario: 'server', arrivalsNs: [0, NaN] }]) expect(await run(fields)).toMatchObject({ event: 'error', code: 'bad-request' });
    await client.bye(MS);
  });

  test('refused samples, runs, placement and infer leave no leak behind', async () => {
    await using client = await start();
    for (const line of [loading({ profilePrefix: join(folder, 'profile') }), inputs(good), inputs([...good, ...good]), '{"op":"run","id":5,"scenario":"multi-stream","count":2,"durationNs":0,"callsPerQuery":3}', '{"op":"infer","id":6,"sample":0}', '{"op":"placement","id":7}']) await client.sendLine(line, MS);
    await client.bye(MS);
    expect(await client.process.exited).toMatchObject({ exitCode: 0 });
    expect(client.log).not.toMatch(/Sanitizer/);
  });

  test('thousands of mutated requests', async () => {
    const random = seededRandom('native harness mutations');
    const lines = [loading({}), inputs(good.map((tensor) => ({ ...tensor, data: 'AAAA' }))), '{"op":"run","id":5,"scenario":"server","arrivalsNs":[0,10,20]}', '{"op":"infer","id":6,"sample":0}', '{"op":"hello","id":1,"protocol":1}'];
    const pick = (below: number): number => Math.floor(random() * below);
    await using client = await start();
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = Buffer.from(lines[pick(lines.length)] ?? '');
      for (let changes = 1 + pick(4); changes > 0; changes--) {
        const at = pick(bytes.length);
        // Never a newline, and never the blank lines that mean nothing.
        bytes[at] = random() < 0.5 ? (bytes[pick(bytes.length)] ?? 0x7b) : 0x21 + pick(0x5e);
      }
      const event = await client.sendLine(bytes.toString('latin1'), MS);
      expect(['error', 'loaded', 'hello', 'batch', 'outputs', 'inputs']).toContain(event.event);
    }
    await client.bye(MS);
  });
});
