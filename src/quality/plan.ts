import * as z from 'zod';
import { datasetFactsSchema, type DatasetFacts } from '../domain/quality-result.ts';
import { calibrationSampleSchema } from './calibration.ts';
import type { QualityProtocol } from './protocol.ts';

/** What is fixed of a model's quality before it is measured, as a stored run keeps it. */
export const qualityPlanSchema = z.object({
  data: datasetFactsSchema,
  protocolSha256: z.string(),
  /** Variant -> the samples that it, or what it is made from, was calibrated with. */
  calibration: z.record(z.string(), z.array(calibrationSampleSchema)),
});
export type QualityPlan = Readonly<z.infer<typeof qualityPlanSchema>>;

/** What a data set is, for reports. */
export function datasetFacts({ dataset: { manifest, sha256, items, allItems } }: QualityProtocol): DatasetFacts {
  const { dataset: name, task, split, licence, origin, how } = manifest;
  return { name, task, split, licence, origin, how, sha256, items: items.length, allItems };
}
