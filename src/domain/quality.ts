import * as z from 'zod';

/** Quality metrics under the names that suites use; results have them as `quality_NAME`. */
export const QUALITY_METRICS = ['top1', 'top3', 'top5', 'top10', 'exact_match', 'cer', 'perplexity', 'bleu', 'rouge1', 'rouge2', 'rougeL', 'cosine'] as const;
export type QualityMetricId = (typeof QUALITY_METRICS)[number];

/** A step of preparing an input or reading an answer by its name, with its settings beside it, as in `{ step: resize, height: 48 }`. */
export const stepRefSchema = z.looseObject({ step: z.string().min(1) }).describe('a step by its name, with its settings beside it, as in { step: resize, height: 48 }');
export type StepRef = Readonly<z.infer<typeof stepRefSchema>>;

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)]).transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[]);

/** `1 %` or 0.01 -> 0.01. */
export const shareSchema = z.union([z.number().min(0).max(1), z.string().regex(/^\d+(\.\d+)?\s*%$/, 'a share, as in "1 %"')])
  .transform((value) => (typeof value === 'number' ? value : Number.parseFloat(value) / 100)).pipe(z.number().min(0).max(1));

/**
 * How a model's quality is measured: over which labelled data, what is done to an item before the model sees it and to its outputs after, and which figures. It
 * is measured for each variant, runtime, delegate, thread count and device; batch and scenario don't matter to it.
 */
export const qualitySchema = z.strictObject({
  data: z.string().min(1).describe('the manifest of the data set, relative to the suite file'),
  limit: z.int().positive().optional().describe('at most so many items, drawn with a fixed seed; default: all'),
  inputs: z.record(z.string(), z.array(stepRefSchema).min(1).max(50)).describe('input name -> the steps from an item to the tensor; inputs left out take their constant values from the model\'s `inputs`'),
  answer: z.array(stepRefSchema).max(50).default([]).describe('the steps from the outputs to the answer that is compared with the label'),
  metrics: oneOrMore(z.enum(QUALITY_METRICS)).describe('the first is the one that quality_loss is told of'),
  maxLoss: shareSchema.optional().describe('a variant that loses more quality than this (as a share of the reference\'s, "1 %") is invalid: its speed is not ranked'),
});
export type QualitySpec = z.infer<typeof qualitySchema>;
