import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalDevice } from '../../src/device/local.ts';
import { suiteSchema } from '../../src/domain/suite.ts';
import { References, type Asker } from '../../src/farm/references.ts';
import type { RunSpec } from '../../src/farm/run-spec.ts';
import { WorkClock } from '../../src/farm/work-clock.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import type { Reference } from '../../src/measure/verification.ts';
import { findEngine } from '../../src/runtime/registry.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';
import { tfliteFile } from '../fixtures/cli/tflite-file.ts';

/** A double of the harness's answer: no real one crashes just once. */
const compute = vi.hoisted(() => vi.fn<() => Promise<Reference>>());
vi.mock('../../src/measure/verification.ts', async (original) => ({ ...(await original<object>()), computeReference: compute }));

const ANSWER: Reference = { label: 'fp32 on cpu', kind: 'reference', engine: 'onnxruntime', inputs: [], outputs: [] };
const never = new AbortController().signal;

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock-references-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

interface Asked {
  /** The suite's, in its order. The first is asked for. */
  readonly variants?: readonly { readonly id: string; readonly format: 'onnx' | 'tflite'; readonly precision?: string }[];
  readonly reference?: string;
}

function parts(engineName = 'onnxruntime', { variants = [{ id: 'v', format: engineName === 'litert' ? 'tflite' : 'onnx' }], reference }: Asked = {}): { readonly references: References; readonly target: LaunchTarget } {
  for (const { id, format } of variants) writeFileSync(join(folder, id), format === 'onnx' ? onnxFile({ operator: 'Tanh' }) : tfliteFile('Tanh'));
  const suite = suiteSchema.parse({
    suite: 's', models: [{ id: 'm', ...(reference === undefined ? {} : { reference }), variants: variants.map(({ id, precision }) => ({ id, file: id, ...(precision === undefined ? {} : { precision }) })) }],
    runtimes: [{ id: engineName }], workloads: [{ id: 'w', scenario: 'single-stream' }],
  });
  const [model] = suite.models;
  const engine = findEngine(engineName);
  const files = Object.fromEntries(variants.map(({ id }) => [`m/${id}`, { path: join(folder, id), sha256: id }]));
  const spec = { files } as unknown as RunSpec;
  const [variant] = model?.variants ?? [];
  const target = { model, engine, file: files[`m/${variant?.id ?? ''}`], variant, runtime: suite.runtimes[0], case: { options: { batch: 1 } }, argv: ['the device\'s'] } as unknown as LaunchTarget;
  return { references: new References({ spec, host: new LocalDevice(), argv: [], owner: 'this test', onWait: () => undefined }), target };
}

const asker = (id = 'a device', lockId = id): Asker => ({ unit: { id, lockId }, clock: new WorkClock() });

beforeEach(() => { compute.mockReset(); });

test('a reference that crashed once is computed again, for all who ask', async () => {
  compute.mockRejectedValueOnce(new Error('killed for memory')).mockResolvedValue(ANSWER);
  const { references, target } = parts();
  expect(await Promise.all([references.of(target, asker(), never), references.of(target, asker(), never)])).toEqual([ANSWER, ANSWER]);
  expect(await references.of(target, asker(), never)).toEqual(ANSWER);
  expect(compute).toHaveBeenCalledTimes(2);
});

test('a reference that crashes twice is given up', async () => {
  compute.mockRejectedValue(new Error('killed for memory'));
  const { references, target } = parts();
  for (let i = 0; i < 3; i++) await expect(references.of(target, asker(), never)).rejects.toThrow('killed for memory');
  expect(compute).toHaveBeenCalledTimes(2);
});

test('an engine that only devices have is compared with the device itself: two browsers of one machine have a reference each', async () => {
  compute.mockImplementation(() => Promise.resolve({ ...ANSWER }));
  const { references, target } = parts('litert');
  const [chromium, firefox, again] = await Promise.all(['chromium', 'firefox', 'chromium'].map((id) => references.of(target, asker(id, 'local'), never)));
  expect(firefox).not.toBe(chromium);
  expect(again).toBe(chromium);
  expect(compute).toHaveBeenCalledTimes(2);
});

test('who asks first computes in its own time; the others wait for it in nobody\'s', async () => {
  const [begun, answer] = [Promise.withResolvers<null>(), Promise.withResolvers<Reference>()];
  compute.mockImplementation(() => {
    begun.resolve(null);
    return answer.promise;
  });
  const { references, target } = parts();
  const [first, second] = [asker('a'), asker('b')];
  const both = Promise.all([references.of(target, first, never), references.of(target, second, never)]);
  // Once this machine is held, which takes a busy one a while.
  await begun.promise;
  await sleep(600);
  answer.resolve(ANSWER);
  await both;
  expect(first.clock.seconds).toBeGreaterThan(0.3);
  expect(second.clock.seconds).toBeLessThan(first.clock.seconds - 0.3);
});

const ONNX = { id: 'onnx', format: 'onnx' } as const;
const TFLITE = { id: 'tflite', format: 'tflite' } as const;

test.each([
  ['LiteRT is held against the ONNX variant on this host\'s CPU', 'litert', { variants: [TFLITE, ONNX] }, 'onnx by onnxruntime here'],
  ['so it is when the suite names that one', 'litert', { variants: [TFLITE, ONNX], reference: 'onnx' }, 'onnx by onnxruntime here'],
  ['the .tflite is its own reference where the suite says so', 'litert', { variants: [TFLITE, ONNX], reference: 'tflite' }, 'tflite by litert on the device'],
  ['an ONNX variant never has a .tflite for its reference', 'onnxruntime', { variants: [{ ...ONNX, id: 'int8', precision: 'int8' }, TFLITE, ONNX] }, 'onnx by onnxruntime here'],
  ['nor when the suite names it', 'onnxruntime', { variants: [ONNX, TFLITE], reference: 'tflite' }, 'onnx by onnxruntime here'],
  ['without an ONNX variant of full precision it is compared with itself', 'onnxruntime', { variants: [{ ...ONNX, precision: 'int8' }, TFLITE] }, 'onnx by onnxruntime here'],
] as const)('of a model in two formats: %s', async (_, engine, asked, expected) => {
  const { references, target } = parts(engine, asked);
  const found = await references.targetOf(target);
  expect(`${found.variant.id} by ${found.engine.name} ${found.argv === target.argv ? 'on the device' : 'here'}`).toBe(expected);
  expect(found.delegate).toMatchObject({ name: 'cpu', providers: [expect.stringMatching(found.engine.name === 'litert' ? /LiteRT/ : /CPUExecution/)] });
});

test('both formats share the one reference of a batch size', async () => {
  compute.mockImplementation(() => Promise.resolve({ ...ANSWER }));
  const { references, target } = parts('litert', { variants: [TFLITE, ONNX] });
  const [, onnx] = target.model.variants;
  const engine = findEngine('onnxruntime');
  if (onnx === undefined || engine === null) throw new Error('no ONNX variant');
  const first = await references.of(target, asker('chromium', 'local'), never);
  expect(await references.of({ ...target, variant: onnx, engine }, asker(), never)).toBe(first);
  expect(compute).toHaveBeenCalledTimes(1);
});
