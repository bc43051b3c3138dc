import * as z from 'zod';

/** One measured quantity: `[low, high]` is a 95 % interval over `n` replicates; null where there are too few to give one. */
export const metricSchema = z.object({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int(),
  unit: z.string(),
  method: z.string(),
});
export type Metric = Readonly<z.infer<typeof metricSchema>>;

export interface MetricKind {
  readonly unit: string;
  /** Which way is good. */
  readonly better: 'lower' | 'higher';
  readonly label: string;
  /** What the number says, one sentence, for help and reports. */
  readonly meaning: string;
}

/** Every metric that Paddock can report, by its name in files and reports. */
export const METRICS = {
  latency_p50: { unit: 'ms', better: 'lower', label: 'Latency p50', meaning: 'Half of the inferences took no longer than this.' },
  latency_p90: { unit: 'ms', better: 'lower', label: 'Latency p90', meaning: 'Nine in ten inferences took no longer than this.' },
  latency_p99: { unit: 'ms', better: 'lower', label: 'Latency p99', meaning: 'Ninety-nine in a hundred inferences took no longer than this.' },
  latency_mean: { unit: 'ms', better: 'lower', label: 'Latency mean', meaning: 'Arithmetic mean of the latencies of the steady part.' },
  latency_undisturbed: { unit: 'ms', better: 'lower', label: 'Latency undisturbed', meaning: 'What a tenth of the inferences took no longer than, in the fastest third of the launches: the model while nothing else slows the machine. What slows only some launches or inferences does not show in it.' },
  sps: { unit: '1/s', better: 'higher', label: 'SPS', meaning: 'Samples per second.' },
  sustained_latency_ratio: { unit: '×', better: 'lower', label: 'Last minute over first', meaning: 'Latency of the last minute of a sustained workload over that of its first: 1 where heat slows nothing down.' },
  init_time: { unit: 'ms', better: 'lower', label: 'Init', meaning: 'Time to load the model and make it ready to run.' },
  first_inference: { unit: 'ms', better: 'lower', label: 'First inference', meaning: 'Latency of the first inference after loading.' },
  peak_memory: { unit: 'MiB', better: 'lower', label: 'Peak memory', meaning: 'Peak memory of the harness process less its level before the model was loaded.' },
  peak_memory_raw: { unit: 'MiB', better: 'lower', label: 'Peak memory (raw)', meaning: 'Peak memory of the whole harness process.' },
  memory_pss: { unit: 'MiB', better: 'lower', label: 'Memory (PSS)', meaning: 'The harness process at the end of a launch: its own pages and its share of shared ones.' },
  memory_gpu: { unit: 'MiB', better: 'lower', label: 'GPU memory', meaning: 'What the graphics driver holds for the harness process at the end of a launch.' },
  model_size: { unit: 'MiB', better: 'lower', label: 'Model size', meaning: 'Bytes of the model file.' },
  power_avg: { unit: 'W', better: 'lower', label: 'Power', meaning: 'Mean power over the measured window, idle level included.' },
  power_idle: { unit: 'W', better: 'lower', label: 'Idle power', meaning: 'Mean power just before the launch.' },
  energy_per_inference: { unit: 'mJ', better: 'lower', label: 'Energy per inference', meaning: 'Energy above idle, divided by the samples processed: a call with a batch of 8 processes 8.' },
  energy_per_inference_total: { unit: 'mJ', better: 'lower', label: 'Energy per inference (total)', meaning: 'Energy with idle included, divided by the samples processed: a call with a batch of 8 processes 8.' },
  quality_top1: { unit: '%', better: 'higher', label: 'Top-1', meaning: 'Items whose right class has the highest score.' },
  quality_top3: { unit: '%', better: 'higher', label: 'Top-3', meaning: 'Items whose right class is among the three highest scores.' },
  quality_top5: { unit: '%', better: 'higher', label: 'Top-5', meaning: 'Items whose right class is among the five highest scores.' },
  quality_top10: { unit: '%', better: 'higher', label: 'Top-10', meaning: 'Items whose right class is among the ten highest scores.' },
  quality_exact_match: { unit: '%', better: 'higher', label: 'Exact match', meaning: 'Items whose answer is the label, character by character.' },
  quality_cer: { unit: '%', better: 'lower', label: 'Character errors', meaning: 'Characters to insert, delete or replace until the answers are the labels, over the characters of the labels.' },
  quality_perplexity: { unit: '', better: 'lower', label: 'Perplexity', meaning: 'Exponential of the mean negative log probability of the right tokens.' },
  quality_bleu: { unit: '', better: 'higher', label: 'BLEU', meaning: 'Corpus BLEU as sacrebleu computes it (13a tokens, exponential smoothing), 0 to 100.' },
  quality_rouge1: { unit: '', better: 'higher', label: 'ROUGE-1', meaning: 'F-measure of single words in common with the label, 0 to 1.' },
  quality_rouge2: { unit: '', better: 'higher', label: 'ROUGE-2', meaning: 'F-measure of word pairs in common with the label, 0 to 1.' },
  quality_rougeL: { unit: '', better: 'higher', label: 'ROUGE-L', meaning: 'F-measure of the longest common subsequence of words with the label, 0 to 1.' },
  quality_cosine: { unit: '', better: 'higher', label: 'Cosine', meaning: 'Cosine of the outputs with those of the reference model, mean over items, −1 to 1.' },
  quality_loss: { unit: '%', better: 'lower', label: 'Quality loss', meaning: 'Quality lost against the reference variant, as a share of the reference’s; below 0 it is better.' },
} as const satisfies Readonly<Record<string, MetricKind>>;
export type MetricName = keyof typeof METRICS;

/** All metric names in the order in which tables show them. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** True when the text names a metric of Paddock's. */
export function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}
