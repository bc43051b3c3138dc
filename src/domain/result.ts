import * as z from 'zod';
import { browserFactsSchema, browserStartSchema } from './browser.ts';
import { caseSchema } from './case.ts';
import { conditionSummarySchema } from './condition.ts';
import { METRIC_NAMES, metricSchema } from './metric.ts';
import { qualityResultSchema } from './quality-result.ts';
import { reasonSchema, verdictSchema } from './verdict.ts';

/** Version of results.json; rises when a field changes its meaning or goes. */
export const RESULTS_SCHEMA_VERSION = 1;

/** Which nodes ran where, by a separate profiled pass. Shares are 0 to 1 of the profiled node time. */
export const placementSchema = z.object({
  method: z.string(),
  providers: z.array(z.object({ provider: z.string(), nodes: z.int(), timeNs: z.number(), timeShare: z.number() })),
  /** Operators that ran elsewhere than asked: operator type and count. */
  strayOperators: z.array(z.object({ operator: z.string(), provider: z.string(), nodes: z.int() })),
});
export type Placement = Readonly<z.infer<typeof placementSchema>>;

/** Outputs against the reference for the same inputs. The worst over outputs and input samples. */
export const paritySchema = z.object({
  reference: z.string(),
  samples: z.int(),
  maxAbsError: z.number(),
  /** max |a − b| / max |b| of the tensor, so that a near-zero element doesn't explode it. */
  maxRelError: z.number(),
  cosine: z.number(),
  /** Share of rows whose arg-max agrees; absent where the outputs are not score vectors. */
  top1Agreement: z.number().optional(),
  bound: z.string(),
  passed: z.boolean(),
});
export type Parity = Readonly<z.infer<typeof paritySchema>>;

/** What produced the numbers. */
export const provenanceSchema = z.object({
  modelSha256: z.string(),
  modelBytes: z.number(),
  modelSource: z.string(),
  inputsSha256: z.string(),
  precision: z.string(),
  paddock: z.string(),
  harness: z.string(),
  harnessSha256: z.string(),
  runtimeVersion: z.string(),
  deviceModel: z.string(),
  os: z.string(),
  /** Version of the GPU's driver in its vendor's words; absent where the device tells none. */
  gpuDriver: z.string().optional(),
  /** Governor and ceiling where readable, else "unknown": numbers of different regimes are not compared. */
  clockRegime: z.string(),
  /** The cores that the system let the harness run on, as a list such as `0-3,6`; absent where it does not tell, or the suite chose them. */
  cpus: z.string().optional(),
  /** Threads that computed, where the harness counted them. */
  threads: z.int().optional(),
  /** Steps of the clock that timed, ns, as the harness measured them; absent in results of versions that did not tell. */
  clockResolutionNs: z.number().optional(),
  /** Options that change what is measured (graph optimisation, free dimensions …), as JSON. */
  options: z.string(),
});
export type Provenance = Readonly<z.infer<typeof provenanceSchema>>;

/** One launch of a case as reports show it; latencies in ms. */
export const launchSummarySchema = z.object({
  block: z.int(),
  attempt: z.int(),
  /** Id of the device that made it; null in results of versions that did not tell. */
  unit: z.string().nullable().default(null),
  status: verdictSchema,
  warnings: z.array(reasonSchema),
  startedAt: z.string(),
  samples: z.int(),
  warmupSamples: z.int(),
  steady: z.boolean(),
  stop: z.string(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  mean: z.number().nullable(),
  p99: z.number().nullable(),
  sps: z.number().nullable(),
  initTime: z.number().nullable(),
  /** MiB above the level before the model was loaded. */
  peakMemory: z.number().nullable(),
  /** ms; absent in results of versions that did not tell, as what follows is. */
  firstInference: z.number().nullable().optional(),
  /** W, idle included. */
  power: z.number().nullable().optional(),
  /** mJ above idle. */
  energyPerInference: z.number().nullable().optional(),
  p10: z.number().nullable().optional(),
});
export type LaunchSummary = Readonly<z.infer<typeof launchSummarySchema>>;

/** One case, one row: verdict, numbers with uncertainty, and everything needed to trust or repeat them. */
export const caseResultSchema = z.object({
  key: z.string(),
  case: caseSchema,
  /** Id of the device whose launches the numbers are from: of a pool, the one that took the case. Null where none was made. */
  unit: z.string().nullable().default(null),
  verdict: verdictSchema,
  /** Things a reader should know that don't take the verdict away. */
  warnings: z.array(reasonSchema),
  metrics: z.partialRecord(z.enum(METRIC_NAMES as [string, ...string[]]), metricSchema),
  /** Metric name -> why it is not there. */
  absent: z.record(z.string(), z.string()),
  placement: placementSchema.nullable(),
  parity: paritySchema.nullable(),
  /** How the quality among the metrics was found; absent where the suite asks for none, null where there are no figures. */
  quality: qualityResultSchema.nullable().optional(),
  conditions: conditionSummarySchema.nullable(),
  provenance: provenanceSchema.nullable(),
  launches: z.array(launchSummarySchema),
  repro: z.string(),
});
export type CaseResult = Readonly<z.infer<typeof caseResultSchema>>;

/** What a profile says of the hardware, in words; what it does not say is absent. */
const describedHardwareSchema = z.object({
  soc: z.string().optional(),
  clusters: z.array(z.string()),
  gpu: z.string().optional(),
  npu: z.string().optional(),
  zones: z.array(z.string()),
  /** By runtime: what the hardware can run, whether or not a build at hand has it. */
  delegates: z.record(z.string(), z.array(z.string())),
  quirks: z.array(z.object({ what: z.string(), source: z.string() })),
});
export type DescribedHardware = Readonly<z.infer<typeof describedHardwareSchema>>;

/** A device as a run saw it. */
export const deviceFactsSchema = z.object({
  id: z.string(),
  name: z.string(),
  transport: z.string(),
  profile: z.string(),
  /** Whether the profile describes this hardware, its broad class, or stands in for hardware that nobody has described. */
  profileFit: z.enum(['own', 'class', 'unknown']).optional(),
  /** What the profile was recognised by, in words. */
  recognisedBy: z.string().optional(),
  hardware: describedHardwareSchema.optional(),
  model: z.string(),
  soc: z.string(),
  os: z.string(),
  /** Version of the GPU's driver in its vendor's words; absent where the device tells none. */
  gpuDriver: z.string().optional(),
  arch: z.string(),
  cores: z.int(),
  /** Absent: not told. */
  memoryMiB: z.number().optional(),
  /** Hypervisor or emulator that the numbers were taken in, null on bare hardware, absent where it is not told. */
  virtualization: z.string().nullable().optional(),
  emulated: z.boolean(),
  clockRegime: z.string(),
  sensors: z.array(z.string()),
  absentSensors: z.array(z.object({ sensor: z.string(), reason: z.string() })),
  /** Of a browser, what it said when it was opened. */
  browser: browserFactsSchema.optional(),
  browserStart: browserStartSchema.optional(),
});
export type DeviceFacts = Readonly<z.infer<typeof deviceFactsSchema>>;

export const RUN_STATUSES = ['running', 'interrupted', 'done'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Why a run was made; only those of suites and canaries are nights of series. */
export const RUN_PURPOSES = ['suite', 'canary', 'confirm', 'check'] as const;
export type RunPurpose = (typeof RUN_PURPOSES)[number];

/** One execution of a suite. */
export const runInfoSchema = z.object({
  id: z.string(),
  suite: z.string(),
  preset: z.string(),
  seed: z.int(),
  status: z.enum(RUN_STATUSES),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  paddock: z.string(),
  command: z.string(),
  warnings: z.array(reasonSchema),
  /** Absent: `suite`. */
  purpose: z.enum(RUN_PURPOSES).optional(),
});
export type RunInfo = Readonly<z.infer<typeof runInfoSchema>>;

export const COMPARISON_OUTCOMES = ['regressed', 'improved', 'equivalent', 'noisy', 'incomparable'] as const;
export type ComparisonOutcome = (typeof COMPARISON_OUTCOMES)[number];

/** One metric of one case against another. `ratio` is head/base; `low` and `high` bound it at 95 % after correction for many comparisons. */
export const comparisonSchema = z.object({
  base: z.string(),
  head: z.string(),
  metric: z.enum(METRIC_NAMES as [string, ...string[]]),
  outcome: z.enum(COMPARISON_OUTCOMES),
  ratio: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Pairs or launches a side that the interval rests on. */
  n: z.int(),
  /** Changes smaller than this share are not called changes. */
  materiality: z.number(),
  method: z.string(),
  reason: z.string(),
});
export type Comparison = Readonly<z.infer<typeof comparisonSchema>>;
