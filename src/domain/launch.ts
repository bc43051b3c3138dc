import * as z from 'zod';
import { browserFactsSchema } from './browser.ts';
import { conditionSampleSchema } from './condition.ts';
import { placementSchema, paritySchema } from './result.ts';
import { reasonSchema, verdictSchema } from './verdict.ts';

/** Low and high are null where there are too few samples for an interval. */
const quantileSchema = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable(), n: z.int(), effectiveN: z.number() });

/** What a harness said of itself and of the model it loaded. */
export const harnessFactsSchema = z.object({
  harness: z.string(),
  runtimeVersion: z.string(),
  clockResolutionNs: z.number(),
  /** Cores that its process could run on, as the system told it. */
  affinity: z.array(z.int()).optional(),
  /** Threads that computed, where the harness counted them. */
  threads: z.int().optional(),
  /** Of a harness in a browser. */
  browser: browserFactsSchema.optional(),
});
export type HarnessFacts = Readonly<z.infer<typeof harnessFactsSchema>>;

/** An amount and how it was read, or why it was not. */
const systemMemorySchema = z.union([z.object({ bytes: z.number(), method: z.string() }), z.object({ absent: z.string() })]);

/** One burst of inferences as the harness reported it. `offset` and `count` point into the launch's samples. */
export const batchRecordSchema = z.object({ startNs: z.number(), durationNs: z.number(), offset: z.int(), count: z.int(), /** Queries that each of its latencies is the mean of; absent: one. */ groupSize: z.int().optional() });

/** Power over the measured window of one launch, joules and watts from one sensor. */
export const energyRecordSchema = z.object({
  sensor: z.string(),
  /** What the sensor measures, in words; absent in records of versions that did not tell. */
  covers: z.string().optional(),
  idleWatts: z.number(), meanWatts: z.number(), totalJoules: z.number(), netJoules: z.number(), /** Of one sample each: a call with a batch makes as many as the batch is large. */
  inferences: z.int(), readings: z.int(),
  /** Of a meter with a clock of its own: the harness's clock less it, found by the step of the load, and half of the stretch in which it may lie. */
  alignment: z.object({ offsetNs: z.number(), withinNs: z.number() }).optional(),
});
export type EnergyRecord = Readonly<z.infer<typeof energyRecordSchema>>;

/** One measured launch. All times are ns of the device's monotonic clock. */
export const launchRecordSchema = z.object({
  verdict: verdictSchema,
  warnings: z.array(reasonSchema),
  facts: harnessFactsSchema.nullable(),
  inputsSha256: z.string().nullable(),
  initNs: z.number().nullable(),
  firstNs: z.number().nullable(),
  batches: z.array(batchRecordSchema),
  warmupSamples: z.int(),
  steady: z.boolean(),
  drift: z.number().nullable(),
  /** Why measuring ended: `precise`, `time`, `queries`, `sustained`. */
  stop: z.string(),
  looks: z.int(),
  quantiles: z.object({ p50: quantileSchema.nullable(), p90: quantileSchema.nullable(), p99: quantileSchema.nullable(), /** Absent in records of versions that did not tell. */ p10: quantileSchema.nullable().optional() }),
  meanNs: z.number().nullable(),
  /** Samples per second over the steady part. */
  sps: z.number().nullable(),
  /** MLPerf's early-stopping estimate of the scenario's percentile, ns, where the preset asks for it. */
  earlyStopping: z.object({ percentile: z.number(), estimateNs: z.number().nullable(), queries: z.int(), required: z.int() }).nullable(),
  /** Medians of the first and the last minute of a sustained workload; absent for others. */
  sustained: z.object({ seconds: z.number(), firstNs: z.number(), lastNs: z.number(), ratio: z.number() }).nullable().optional(),
  server: z.object({ ratePerS: z.number(), boundNs: z.number(), p99Ns: z.number(), met: z.boolean() }).nullable(),
  memory: z.object({ baselineBytes: z.number(), peakBytes: z.number(), method: z.string() }).nullable(),
  /** Why there is none, in the harness's words. */
  memoryAbsent: z.string().optional(),
  /** The harness process at the end of the launch as the device's system counts it; absent in records of versions that did not read it. */
  systemMemory: z.object({
    pss: systemMemorySchema,
    /** Null where nothing ran on a GPU. */
    gpu: systemMemorySchema.nullable(),
  }).optional(),
  energy: energyRecordSchema.nullable(),
  energyAbsent: z.string().nullable(),
  conditions: z.array(conditionSampleSchema),
  /** How the times of conditions were brought to the harness's clock; null where they could not be, and stand on the device's uptime. */
  clockOffset: z.object({ offsetNs: z.number(), resolutionNs: z.number() }).nullable().optional(),
  /** The end of the harness's own log text, for failures. */
  log: z.string(),
});
export type LaunchRecord = Readonly<z.infer<typeof launchRecordSchema>>;

/** The separate pass that checks what ran where and that the outputs are right. Shared by the cases of one model file, delegate and options. */
export const verificationRecordSchema = z.object({
  verdict: verdictSchema,
  warnings: z.array(reasonSchema),
  placement: placementSchema.nullable(),
  parity: paritySchema.nullable(),
  log: z.string(),
});
export type VerificationRecord = Readonly<z.infer<typeof verificationRecordSchema>>;
