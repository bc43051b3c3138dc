import { afterAll, beforeAll, expect, test } from 'vitest';
import { DOUBLE, expectClean, Place, rowOf, suiteText, type RunOutcome } from './paddock.ts';

let place: Place;
let outcome: RunOutcome;

/** One run over harness doubles that fail in every way, with the real harness and an honest double beside them. */
beforeAll(async () => {
  place = new Place();
  const double = (fault: string, more = ''): string => `  - { id: ${fault}, engine: onnxruntime, harness: [node, ${JSON.stringify(DOUBLE)}, ${fault.replace(/^strict-/, '')}, ${JSON.stringify(place.path('marker'))}]${more} }`;
  outcome = await place.run(suiteText({
    runtimes: `
  - { id: onnxruntime }
${[
      ...['none', 'crash', 'signal', 'crash-once', 'hang', 'eat-memory', 'negative-latency', 'at-start', 'nan', 'wrong-values', 'wrong-shape', 'short-output'].map((fault) => double(fault)),
      double('xnnpack', ', delegates: xnnpack'), double('elsewhere', ', delegates: xnnpack'), double('strict-elsewhere', ', delegates: xnnpack, fallback: failed'), double('strict-none', ', delegates: xnnpack, fallback: failed'),
      double('platform', ', delegates: coreml'),
    ].join('\n')}
  - { id: no-program, engine: onnxruntime, harness: [./nowhere] }
  - { id: other, engine: "null", harness: [node, ${JSON.stringify(DOUBLE)}, none] }
  - { id: real-coreml, engine: onnxruntime, delegates: coreml }`,
    // Longer than a busy machine keeps a harness waiting that does not hang.
    more: 'limits: { inferenceSeconds: 20, memoryMiB: 300 }',
  }));
});
afterAll(() => { place[Symbol.dispose](); });

test('the others go on, every case has its row, and no process is left', () => {
  expect(outcome.code, outcome.stderr).toBe(1);
  expectClean(outcome);
  expect(outcome.results).toHaveLength(21);
  for (const id of ['onnxruntime', 'none', 'crash-once', 'xnnpack']) expect(rowOf(outcome.results, id).verdict, id).toEqual({ status: 'ok', reasons: [] });
  expect(place.leftOver()).toEqual([]);
});

test.each([
  ['crash', 'failed', 'crash', /ended with exit code 7 during run/],
  ['signal', 'failed', 'crash', /ended by SIGSEGV during run/],
  ['hang', 'failed', 'hang', /did not answer run within \d+\.\d s and was killed/],
  ['eat-memory', 'failed', 'memory-limit', /beyond 300 MiB of memory during run/],
  ['negative-latency', 'failed', 'harness-protocol', /latenciesNs\[0\] is not a time: -1/],
  ['at-start', 'failed', 'crash', /ended with exit code 3 during hello/],
  ['no-program', 'failed', 'harness-start', /nowhere.*check the runtime's `harness` in the suite/],
  ['nan', 'invalid', 'not-finite', /output "y" has 1 values that are NaN/],
  ['wrong-values', 'invalid', 'parity', /outputs differ from v on cpu.*bound fp32/],
  ['wrong-shape', 'invalid', 'parity', /shape \[4, 1\], the reference's has \[1, 4\]/],
  ['short-output', 'failed', 'harness-protocol', /8 bytes, its shape \[1, 4\] of float32 asks for 16/],
  ['elsewhere', 'invalid', 'fallback', /1 of 1 nodes \(100\.0 % of the time\) did not run on xnnpack: 1 Identity on CPU/],
  ['strict-elsewhere', 'failed', 'fallback', /1 node would run on CPU/],
  ['strict-none', 'failed', 'fallback', /did not run on xnnpack/],
  ['platform', 'unsupported', 'delegate-not-offered', /double offers cpu, xnnpack on local, not coreml/],
  ['other', 'unsupported', 'runtime-not-offered', /double 0 carries onnxruntime, not null/],
  ['real-coreml', 'unsupported', 'delegate-not-offered', /on local, not coreml/],
])('%s: %s (%s), and said what happened', (id, status, code, message) => {
  const { verdict } = rowOf(outcome.results, id);
  expect(verdict.status).toBe(status);
  expect(verdict.reasons).toHaveLength(1);
  expect(verdict.reasons[0]).toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a crash is tried once more, and every attempt is kept', () => {
  const attempts = (id: string): readonly (readonly [number, string])[] => rowOf(outcome.results, id).launches.map((launch) => [launch.attempt, launch.status.status]);
  expect(attempts('crash')).toEqual([[0, 'failed'], [1, 'failed']]);
  expect(attempts('crash-once')).toEqual([[0, 'failed'], [1, 'ok']]);
  expect(attempts('hang')).toEqual([[0, 'failed']]);
});

test('a case that failed has no numbers; one that is invalid has them, under its verdict', () => {
  for (const id of ['crash', 'hang', 'eat-memory', 'strict-elsewhere']) expect(rowOf(outcome.results, id).metrics['latency_p50'], id).toBeUndefined();
  for (const id of ['nan', 'wrong-values', 'elsewhere']) expect(rowOf(outcome.results, id).metrics['latency_p50'], id).toBeDefined();
});
