import { expect, test } from 'vitest';
import type { ModelFormat } from '../../src/domain/model-format.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { suiteSchema, type Suite } from '../../src/domain/suite.ts';
import { makePlan, PlanError, type Offer } from '../../src/farm/plan.ts';

const THERE: Offer = { kind: 'there', runtimeVersion: '1', harness: 'h', delegates: ['cpu'] };

function suite(more: object = {}): Suite {
  return suiteSchema.parse({
    suite: 's',
    models: [
      { id: 'a', inputs: { x: { shape: ['batch', 3] } }, variants: [{ id: 'fp32', file: 'a' }, { id: 'int8', file: 'b', precision: 'int8' }] },
      { id: 'b', variants: [{ id: 'fp32', file: 'c' }] },
    ],
    runtimes: [{ id: 'onnxruntime', threads: [1, 2] }], workloads: [{ id: 'w', scenario: 'single-stream' }, { id: 'o', scenario: 'offline', batch: 8 }],
    ...more,
  });
}

function plan(of: Suite, { offer = THERE, faults = {}, formats = {}, only = [] }: { offer?: Offer; formats?: Readonly<Record<string, ModelFormat>>; faults?: Readonly<Record<string, Verdict>>; only?: readonly string[] } = {}) {
  return makePlan({ suite: of, offers: new Map(of.runtimes.map((runtime) => [`local/${runtime.id}`, offer])), units: {}, faults: new Map(Object.entries(faults)), formats: new Map(Object.entries(formats)), only });
}

test('the whole cross, each key once, in a stable order', () => {
  const { cases, leftOut } = plan(suite());
  expect(cases).toHaveLength(3 * 2 * 2);
  expect(leftOut).toBe(0);
  expect(new Set(cases.map((planned) => planned.key)).size).toBe(12);
  expect(cases.map((planned) => planned.ordinal)).toEqual(cases.map((_, index) => index));
  expect(cases[0]?.key).toBe('a/fp32/onnxruntime/cpu/w/local?threads=1&batch=1');
});

test.each<[name: string, matrix: object, kept: number]>([
  ['include keeps what matches one rule', { include: [{ model: 'b' }, { variant: 'int8', threads: 2 }] }, 4 + 2],
  ['exclude leaves out what matches', { exclude: [{ scenario: 'offline' }] }, 6],
  ['exclude wins over include', { include: [{ model: 'a' }], exclude: [{ threads: 1 }] }, 4],
  ['every field of a rule must match', { exclude: [{ model: 'a', variant: 'int8', threads: 1, batch: 8, workload: 'o', delegate: 'cpu', runtime: 'onnxruntime', device: 'local' }] }, 11],
])('%s', (_, matrix, kept) => {
  const { cases, leftOut } = plan(suite({ matrix }));
  expect(cases).toHaveLength(kept);
  expect(leftOut).toBe(12 - kept);
});

test('--case picks by key; a key that is not there is an error', () => {
  const key = 'b/fp32/onnxruntime/cpu/w/local?threads=2&batch=1';
  expect(plan(suite(), { only: [key] }).cases.map((planned) => planned.key)).toEqual([key]);
  expect(() => plan(suite(), { only: [key, 'nonsense'] })).toThrow(PlanError);
});

const verdictOf = (of: Suite, key: RegExp, options: Parameters<typeof plan>[1] = {}): Verdict | null | undefined => plan(of, options).cases.find((planned) => key.test(planned.key))?.verdict;

test('a delegate that the platform lacks is unsupported, with what there is', () => {
  const of = suite({ runtimes: [{ id: 'onnxruntime', delegates: ['cpu', 'coreml'] }] });
  expect(verdictOf(of, /cpu\/w/)).toBeNull();
  expect(verdictOf(of, /coreml\/w/)).toEqual({ status: 'unsupported', reasons: [{ code: 'delegate-not-offered', message: 'h offers cpu on local, not coreml' }] });
  // The profile knows whether another build could.
  expect(verdictOf(of, /coreml\/w/, { offer: { ...THERE, byProfile: ['cpu', 'coreml'] } })?.reasons[0]?.message).toContain('not coreml; its profile says that this hardware can run it');
  expect(verdictOf(of, /coreml\/w/, { offer: { ...THERE, byProfile: ['cpu', 'nnapi'] } })?.reasons[0]?.message).toContain('not coreml; by its profile this hardware runs cpu, nnapi');
  const browser = { crossOriginIsolated: true, secureContext: true, hardwareConcurrency: 2, simd: true, relaxedSimd: true, threads: true, gpu: { absent: 'no adapter' }, webnn: { cpu: 'available', gpu: 'available', npu: 'Unable to find NPU' }, visibility: 'visible', userAgent: 'B' };
  const inBrowser = suite({ runtimes: [{ id: 'onnxruntime', delegates: ['cpu', 'webnn-npu'] }] });
  expect(verdictOf(inBrowser, /webnn-npu/, { offer: { ...THERE, browser } })).toEqual({ status: 'unsupported', reasons: [{ code: 'delegate-not-offered', message: 'webnn-npu does not work in the browser of local: Unable to find NPU' }] });
});

test('a batch of a model without a batch dimension is unsupported; of one with it, not', () => {
  expect(verdictOf(suite(), /^b.*batch=8/)?.reasons[0]?.code).toBe('no-batch-dimension');
  expect(verdictOf(suite(), /^b.*batch=1$/)).toBeNull();
  expect(verdictOf(suite(), /^a.*batch=8/)).toBeNull();
});

test('a multi-stream query that batches do not divide is unsupported, with MLPerf\'s 8 samples where none are named', () => {
  const of = (workload: object): Suite => suite({ workloads: [{ id: 'm', scenario: 'multi-stream', ...workload }] });
  expect(verdictOf(of({ batch: 4 }), /^a/)).toBeNull();
  expect(verdictOf(of({ batch: 3, samplesPerQuery: 8 }), /^a/)?.reasons[0]?.code).toBe('batch-does-not-divide');
  expect(verdictOf(of({ batch: 3 }), /^a/)?.reasons[0]?.code).toBe('batch-does-not-divide');
  expect(verdictOf(of({ batch: 16 }), /^a/)?.reasons[0]?.code).toBe('batch-does-not-divide');
});

test('a missing file is the fault of its own variant; a harness that did not answer, of its runtime', () => {
  const missing: Verdict = { status: 'failed', reasons: [{ code: 'model-missing', message: 'gone' }] };
  expect(verdictOf(suite(), /^a\/fp32/, { faults: { 'a/fp32': missing } })).toEqual(missing);
  expect(verdictOf(suite(), /^a\/int8/, { faults: { 'a/fp32': missing } })).toBeNull();
  const crashed: Verdict = { status: 'failed', reasons: [{ code: 'crash', message: 'fell' }] };
  expect(verdictOf(suite(), /^b/, { offer: { kind: 'not-there', verdict: crashed } })).toEqual(crashed);
});

test('engines and delegates that nobody has are errors of the suite', () => {
  expect(() => plan(suite({ runtimes: [{ id: 'caffe' }] }))).toThrow(/knows no engine "caffe"; it knows: onnxruntime, litert, null/);
  expect(() => plan(suite({ runtimes: [{ id: 'lite', engine: 'litert', graphOptimization: 'disabled' }] }))).toThrow(/runtimes\[lite\]\.graphOptimization: litert has no levels of graph optimization; leave the key out/);
  expect(() => plan(suite({ runtimes: [{ id: 'mine', engine: 'onnxruntime', delegates: 'warp' }] }))).toThrow(/runtimes\[mine\]\.delegates: onnxruntime has no delegate "warp"/);
});

test('a matrix rule that matches no case is told: it may be a slip of the pen', () => {
  expect(plan(suite({ matrix: { exclude: [{ variant: 'fp23' }, { threads: 1 }] } })).idleRules).toEqual(['{"variant":"fp23"}']);
});

test('a file of another format than the engine takes is unsupported, and says so', () => {
  const of = suite({ runtimes: [{ id: 'onnxruntime' }, { id: 'litert' }, { id: 'null' }] });
  const { cases } = plan(of, { formats: { 'a/fp32': 'tflite', 'a/int8': 'onnx', 'b/fp32': 'onnx' } });
  const codeOf = (variant: string, runtime: string) => cases.find(({ case: c }) => `${c.model}/${c.variant}` === variant && c.runtime === runtime)?.verdict?.reasons[0];
  expect(codeOf('a/fp32', 'onnxruntime')).toMatchObject({ code: 'model-format', message: expect.stringMatching(/a\/fp32 is a TensorFlow Lite file; onnxruntime takes an ONNX file/) as string });
  expect(codeOf('a/int8', 'litert')).toMatchObject({ code: 'model-format' });
  expect(codeOf('a/fp32', 'litert')).toBeUndefined();
  expect(codeOf('a/fp32', 'null')).toBeUndefined();
});

test('a GPU does not compute on the CPU\'s threads: it is planned once, with the fewest that the suite keeps, wherever it runs', () => {
  const runtimes = [{ id: 'onnxruntime', delegates: ['cpu', 'webgpu'], threads: [1, 2, 4] }];
  const offer: Offer = { ...THERE, delegates: ['cpu', 'webgpu'] };
  const runs = (of: Suite) => plan(of, { offer }).cases.filter((planned) => planned.verdict === null && planned.case.model === 'b').map(({ case: { delegate, options: { threads } } }) => `${delegate} ${threads}`);
  const workloads = [{ id: 'w', scenario: 'single-stream' }];
  expect(runs(suite({ runtimes, workloads }))).toEqual(['cpu 1', 'cpu 2', 'cpu 4', 'webgpu 1']);
  expect(verdictOf(suite({ runtimes }), /^b.*webgpu.*threads=4/, { offer })?.reasons[0]).toMatchObject({ code: 'threads-of-cpu', message: expect.stringContaining('with threads: 1') as string });
  // One who leaves the fewest out wants another.
  expect(runs(suite({ runtimes, workloads, matrix: { exclude: [{ threads: 1 }] } }))).toEqual(['cpu 2', 'cpu 4', 'webgpu 2']);
});
