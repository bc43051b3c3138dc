import * as z from 'zod';
import { harnessFactsSchema } from './launch.ts';
import { reasonSchema, verdictSchema } from './verdict.ts';

/** One answered item of a data set, as the store keeps it: enough to compute figures, intervals and paired tests again. Hashes are the first 16 digits of a sha256. */
export const qualityItemSchema = z.object({
  id: z.string(),
  /** Metric id -> what the item adds to the sums (see stats/item-scores). */
  scores: z.record(z.string(), z.array(z.number())),
  /** Of the prepared tensors, of all outputs, and of the answer. */
  inputs: z.array(z.string()),
  outputs: z.string(),
  answer: z.string(),
  /** It is among the inputs that the variant, or what it is made from, was calibrated with. */
  seen: z.boolean().default(false),
  /** Where the answer is not the label: both, shortened. */
  miss: z.object({ answer: z.string(), label: z.string() }).nullable(),
});
export type QualityItem = Readonly<z.infer<typeof qualityItemSchema>>;

/** One block of items, answered by one launch. Its items stand beside it in the store. */
export const qualityRecordSchema = z.object({
  verdict: verdictSchema,
  warnings: z.array(reasonSchema),
  facts: harnessFactsSchema.nullable(),
  /** Over data, steps and metrics: only scores of the same hash are put together. */
  protocolSha256: z.string(),
  log: z.string(),
});
export type QualityRecord = Readonly<z.infer<typeof qualityRecordSchema>>;
