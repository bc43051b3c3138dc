import { beforeEach, expect, test, vi } from 'vitest';
import { LocalDevice } from '../../src/device/local.ts';
import { suiteSchema } from '../../src/domain/suite.ts';
import { References } from '../../src/farm/references.ts';
import type { RunSpec } from '../../src/farm/run-spec.ts';
import type { LaunchTarget } from '../../src/measure/target.ts';
import type { Reference } from '../../src/measure/verification.ts';
import { findEngine } from '../../src/runtime/registry.ts';

/** A double of the harness's answer: no real one crashes just once. */
const compute = vi.hoisted(() => vi.fn<() => Promise<Reference>>());
vi.mock('../../src/measure/verification.ts', async (original) => ({ ...(await original<object>()), computeReference: compute }));

const ANSWER: Reference = { label: 'fp32 on cpu', kind: 'reference', outputs: [] };
const never = new AbortController().signal;

function parts(): { readonly references: References; readonly target: LaunchTarget } {
  const suite = suiteSchema.parse({ suite: 's', models: [{ id: 'm', variants: [{ id: 'v', file: 'm.onnx' }] }], runtimes: [{ id: 'onnxruntime' }], workloads: [{ id: 'w', scenario: 'single-stream' }] });
  const [model] = suite.models;
  const engine = findEngine('onnxruntime');
  const spec = { files: { 'm/v': { path: 'm.onnx' } } } as unknown as RunSpec;
  const target = { model, engine, variant: model?.variants[0], runtime: suite.runtimes[0], case: { options: { batch: 1 } } } as unknown as LaunchTarget;
  return { references: new References({ spec, host: new LocalDevice(), argv: [], owner: 'this test', onWait: () => undefined }), target };
}

beforeEach(() => { compute.mockReset(); });

test('a reference that crashed once is computed again, for all who ask', async () => {
  compute.mockRejectedValueOnce(new Error('killed for memory')).mockResolvedValue(ANSWER);
  const { references, target } = parts();
  expect(await Promise.all([references.of(target, 'a device', never), references.of(target, 'a device', never)])).toEqual([ANSWER, ANSWER]);
  expect(await references.of(target, 'a device', never)).toEqual(ANSWER);
  expect(compute).toHaveBeenCalledTimes(2);
});

test('a reference that crashes twice is given up', async () => {
  compute.mockRejectedValue(new Error('killed for memory'));
  const { references, target } = parts();
  for (let i = 0; i < 3; i++) await expect(references.of(target, 'a device', never)).rejects.toThrow('killed for memory');
  expect(compute).toHaveBeenCalledTimes(2);
});
