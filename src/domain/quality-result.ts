import * as z from 'zod';

/** What a data set is, for reports: from its manifest. */
export const datasetFactsSchema = z.object({
  name: z.string(), task: z.string(), split: z.string(), licence: z.string(), origin: z.string(), how: z.string(),
  sha256: z.string(),
  /** Items measured, of all that the manifest has. */
  items: z.int(), allItems: z.int(),
});
export type DatasetFacts = Readonly<z.infer<typeof datasetFactsSchema>>;

export const QUALITY_OUTCOMES = ['worse', 'better', 'equal', 'undecided'] as const;

/** One figure against another case's over the same items. `difference` is this less the other, in the metric's unit; `[low, high]` holds it at 95 %. */
export const qualityComparisonSchema = z.object({
  role: z.enum(['reference', 'parent']),
  /** The case key's part that names whose quality it is held against. */
  base: z.string(),
  metric: z.string(),
  difference: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  p: z.number(),
  n: z.int(),
  /** `worse`, `better`: p under 5 % (Holm over the model's tests); `equal`: not one item differs; else `undecided`: the items can't tell the two apart. */
  outcome: z.enum(QUALITY_OUTCOMES),
  method: z.string(),
});
export type QualityComparison = Readonly<z.infer<typeof qualityComparisonSchema>>;

/** How a case's quality was found, beside its figures among the metrics. */
export const qualityResultSchema = z.object({
  data: datasetFactsSchema,
  protocolSha256: z.string(),
  /** The metric that quality_loss is told of. */
  primary: z.string(),
  /** The largest loss that the suite allows, %; null without a bound. */
  maxLoss: z.number().nullable(),
  against: z.array(qualityComparisonSchema),
  /** A few items that were answered wrongly. */
  misses: z.array(z.object({ id: z.string(), answer: z.string(), label: z.string() })),
});
export type QualityResult = Readonly<z.infer<typeof qualityResultSchema>>;
