import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { modelSchema } from '../../src/domain/suite.ts';
import type { Tensor } from '../../src/domain/tensor.ts';
import { calibrationSamples, isCalibrationItem } from '../../src/quality/calibration.ts';
import { sketchOf } from '../../src/quality/sketch.ts';
import { openCalibration, sampleFiles } from '../../src/recipe/calibration-source.ts';
import { npyFile } from '../data/npy-file.ts';

function tensor(name: string, numbers: readonly number[]): Tensor {
  return { name, dtype: 'float32', shape: [1, numbers.length], bytes: new Uint8Array(Float32Array.from(numbers).buffer) };
}

const ids = (first: number): number[] => [first, 7, 3, 9];
const item = (first: number): Tensor[] => [tensor('ids', ids(first)), tensor('mask', [1, 1, 1, 1]), tensor('types', [0, 0, 0, 0])];

async function samplesOf(): Promise<Awaited<ReturnType<typeof calibrationSamples>>> {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-calibration-'));
  onTestFinished(() => { rmSync(folder, { recursive: true }); });
  const write = (input: string, name: string, numbers: readonly number[]): void => {
    mkdirSync(join(folder, input), { recursive: true });
    writeFileSync(join(folder, input, name), npyFile([1, numbers.length], Float32Array.from(numbers)));
  };
  for (const first of [1, 2]) write('ids', `${first}.npy`, ids(first));
  write('mask', 'all.npy', [1, 1, 1, 1]);
  write('types', 'all.npy', [0, 0, 0, 0]);
  const calibration = { ids: 'ids', mask: 'mask', types: 'types' };
  const model = modelSchema.parse({ id: 'm', variants: [{ id: 'fp32', file: 'a' }, { id: 'int8', from: 'fp32', recipe: { id: 'int8-static' }, calibration }, { id: 'small', from: 'int8', recipe: { id: 'prune' } }] });
  return calibrationSamples(model, async (variant) => (variant.id === 'int8' ? sampleFiles(await openCalibration(model, variant.calibration ?? {}, folder)) : []));
}

test('an item is known as a calibration sample by the inputs that tell items apart, name by name', async () => {
  const { int8 = [], small, fp32 } = await samplesOf();
  expect(int8).toHaveLength(2);
  expect(isCalibrationItem(item(2), int8)).toBe(true);
  // The mask and the types are the same for every item.
  expect(isCalibrationItem(item(5), int8)).toBe(false);
  // The same numbers in another input, and one input of each of two samples, are other items.
  expect(isCalibrationItem([tensor('positions', ids(2))], int8)).toBe(false);
  const sketch = (first: number): ReturnType<typeof sketchOf> => sketchOf(Float64Array.from(ids(first)));
  const twoInputs = [{ ids: sketch(1), mask: sketch(2) }, { ids: sketch(2), mask: sketch(1) }];
  expect(isCalibrationItem([tensor('ids', ids(1)), tensor('mask', ids(1))], twoInputs)).toBe(false);
  expect(isCalibrationItem([tensor('ids', ids(1)), tensor('mask', ids(2))], twoInputs)).toBe(true);
  expect(isCalibrationItem([tensor('mask', [1, 1, 1, 1])], int8)).toBe(false);
  // What is made from a calibrated variant has its samples; what is not has none.
  expect(small).toEqual(int8);
  expect(fp32).toBeUndefined();
});
