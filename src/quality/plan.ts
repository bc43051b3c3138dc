import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { datasetFactsSchema, type DatasetFacts } from '../domain/quality-result.ts';
import type { ModelSpec, VariantSpec } from '../domain/suite.ts';
import { toNumbers } from '../measure/tensor-values.ts';
import { parseNpy, NpyError } from '../parse/npy.ts';
import type { QualityProtocol } from './protocol.ts';
import { QualityError } from './quality-error.ts';
import { sketchOf, sketchSchema, type Sketch } from './sketch.ts';

/** What is fixed of a model's quality before it is measured, as a stored run keeps it. */
export const qualityPlanSchema = z.object({
  data: datasetFactsSchema,
  protocolSha256: z.string(),
  /** Variant -> the tensors that it was calibrated with. */
  calibration: z.record(z.string(), z.array(sketchSchema)),
});
export type QualityPlan = Readonly<z.infer<typeof qualityPlanSchema>>;

/** What a data set is, for reports. */
export function datasetFacts({ dataset: { manifest, sha256, items, allItems } }: QualityProtocol): DatasetFacts {
  const { dataset: name, task, split, licence, origin, how } = manifest;
  return { name, task, split, licence, origin, how, sha256, items: items.length, allItems };
}

async function sketchOfNpy(path: string): Promise<Sketch> {
  try {
    return sketchOf(toNumbers({ name: path, ...parseNpy(await readFile(path)) }));
  } catch (error) {
    if (error instanceof NpyError) throw new QualityError('data', `the calibration file ${path} can not be read: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The tensors in calibration files, so that a test item among them is found. `filesOf` finds a variant's files; a file named by the model's own inputs counts for all. */
export async function calibrationSketches(model: ModelSpec, suiteFolder: string, filesOf: (variant: VariantSpec) => Promise<readonly string[]>): Promise<QualityPlan['calibration']> {
  const own: Record<string, Sketch[]> = {};
  for (const variant of model.variants) {
    if (variant.recipe === undefined) continue;
    const named = variant.calibration === undefined ? Object.values(model.inputs).flatMap((input) => (input.file === undefined ? [] : [resolve(suiteFolder, input.file)])) : await filesOf(variant);
    own[variant.id] = await Promise.all(named.map(sketchOfNpy));
  }
  // What a variant is made from was calibrated for it too.
  const chain = (variant: VariantSpec | undefined): Sketch[] => (variant === undefined ? [] : [...(own[variant.id] ?? []), ...chain(model.variants.find((each) => each.id === variant.from))]);
  return Object.fromEntries(model.variants.map((variant) => [variant.id, chain(variant)] as const).filter(([, sketches]) => sketches.length > 0));
}
