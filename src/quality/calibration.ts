import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { ModelSpec, VariantSpec } from '../domain/suite.ts';
import type { Tensor } from '../domain/tensor.ts';
import { toNumbers } from '../measure/tensor-values.ts';
import { parseNpy, NpyError } from '../parse/npy.ts';
import { QualityError } from './quality-error.ts';
import { isSameItem, sketchOf, sketchSchema, type Sketch } from './sketch.ts';

/** One calibration sample: input name -> what tells its tensor from others. */
export const calibrationSampleSchema = z.record(z.string(), sketchSchema);
export type CalibrationSample = Readonly<z.infer<typeof calibrationSampleSchema>>;

/** The files of one calibration sample: input name -> its .npy file. */
export type SampleFiles = Readonly<Record<string, string>>;

async function sketchOfNpy(path: string): Promise<Sketch> {
  try {
    return sketchOf(toNumbers({ name: path, ...parseNpy(await readFile(path)) }));
  } catch (error) {
    if (error instanceof NpyError) throw new QualityError('data', `the calibration file ${path} can not be read: ${error.message}`, { cause: error });
    throw error;
  }
}

/** What each variant was calibrated with, so that a test item among it is found. `filesOf` finds the samples of a variant whose recipe calibrates, and gives none for another one. Throws QualityError. */
export async function calibrationSamples(model: ModelSpec, filesOf: (variant: VariantSpec) => Promise<readonly SampleFiles[]>): Promise<Record<string, CalibrationSample[]>> {
  const known = new Map<string, Promise<Sketch>>();
  const sketch = (path: string): Promise<Sketch> => {
    const found = known.get(path) ?? sketchOfNpy(path);
    known.set(path, found);
    return found;
  };
  const own: Record<string, CalibrationSample[]> = {};
  for (const variant of model.variants) {
    own[variant.id] = await Promise.all((await filesOf(variant)).map(async (files) => Object.fromEntries(await Promise.all(Object.entries(files).map(async ([input, path]) => [input, await sketch(path)] as const)))));
  }
  // What a variant is made from was calibrated for it too.
  const chain = (variant: VariantSpec | undefined): CalibrationSample[] => (variant === undefined ? [] : [...(own[variant.id] ?? []), ...chain(model.variants.find((each) => each.id === variant.from))]);
  return Object.fromEntries(model.variants.map((variant) => [variant.id, chain(variant)] as const).filter(([, samples]) => samples.length > 0));
}

/** Whether an item is one of the samples: all of its inputs match those of the same name. A constant input, as a mask of ones, is the same for every item and tells nothing. */
export function isCalibrationItem(tensors: readonly Tensor[], samples: readonly CalibrationSample[]): boolean {
  if (samples.length === 0) return false;
  const telling = tensors.map((tensor) => ({ name: tensor.name, sketch: sketchOf(toNumbers(tensor)) })).filter(({ sketch }) => sketch.deviation > 0);
  return telling.length > 0 && samples.some((sample) => telling.every(({ name, sketch }) => {
    const known = sample[name];
    return known !== undefined && isSameItem(sketch, known);
  }));
}
