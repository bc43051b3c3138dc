import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { LocalDevice } from '../../src/device/local.ts';
import { suiteSchema } from '../../src/domain/suite.ts';
import { References, type Asker } from '../../src/farm/references.ts';
import type { RunSpec } from '../../src/farm/run-spec.ts';
import { WorkClock } from '../../src/farm/work-clock.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import type { Reference } from '../../src/measure/verification.ts';
import { findEngine } from '../../src/runtime/registry.ts';

/** A double of the harness's answer: no real one crashes just once. */
const compute = vi.hoisted(() => vi.fn<() => Promise<Reference>>());
vi.mock('../../src/measure/verification.ts', async (original) => ({ ...(await original<object>()), computeReference: compute }));

const ANSWER: Reference = { label: 'fp32 on cpu', kind: 'reference', outputs: [] };
const never = new AbortController().signal;

function parts(engineName = 'onnxruntime'): { readonly references: References; readonly target: LaunchTarget } {
  const suite = suiteSchema.parse({ suite: 's', models: [{ id: 'm', variants: [{ id: 'v', file: 'm.onnx' }] }], runtimes: [{ id: 'onnxruntime' }], workloads: [{ id: 'w', scenario: 'single-stream' }] });
  const [model] = suite.models;
  const engine = findEngine(engineName);
  const spec = { files: { 'm/v': { path: 'm.onnx', sha256: 'a' } } } as unknown as RunSpec;
  const target = { model, engine, file: { sha256: 'a' }, variant: model?.variants[0], runtime: suite.runtimes[0], case: { options: { batch: 1 } } } as unknown as LaunchTarget;
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
  const answer = Promise.withResolvers<Reference>();
  compute.mockReturnValue(answer.promise);
  const { references, target } = parts();
  const [first, second] = [asker('a'), asker('b')];
  const both = Promise.all([references.of(target, first, never), references.of(target, second, never)]);
  await sleep(600);
  answer.resolve(ANSWER);
  await both;
  expect(first.clock.seconds).toBeGreaterThan(0.3);
  expect(second.clock.seconds).toBeLessThan(first.clock.seconds - 0.3);
});
