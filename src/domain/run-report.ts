import type { ConditionSample } from './condition.ts';
import type { Constraint } from './trade-off.ts';
import type { MetricName } from './metric.ts';
import type { CaseResult, Comparison, DeviceFacts, RunInfo } from './result.ts';

/** The raw course of one launch, for charts. */
export interface LaunchTrace {
  readonly block: number;
  readonly attempt: number;
  /** Every latency in the order measured, warm-up included, ns. */
  readonly latenciesNs: Float64Array;
  /** Start of each inference since the first one's start, ns; as long as latenciesNs. */
  readonly startsNs: Float64Array;
  /** How many of the first latencies are warm-up. */
  readonly warmupSamples: number;
  /** Conditions during the launch, their times since the first inference's start, ns (negative: before). */
  readonly conditions: readonly ConditionSample[];
}

/** What a recipe made of its parent, for reports. */
export interface LineageFacts {
  readonly recipe: string;
  /** As JSON, without secrets. */
  readonly parameters: string;
  readonly expectation: string;
  readonly bytes: number;
  readonly parentBytes: number;
  readonly bytesByType: Readonly<Record<string, number>>;
  /** Share of weights that are zero, 0 to 1; null where there are none. */
  readonly sparsity: number | null;
  readonly parentSparsity: number | null;
  /** Operators by type. */
  readonly converted: Readonly<Record<string, number>>;
  readonly kept: readonly { readonly op: string; readonly count: number; readonly reason: string }[];
  readonly notes: readonly string[];
  /** Samples that it was calibrated with; null where calibration plays no part. */
  readonly calibration: { readonly kind: string; readonly samples: number } | null;
}

export interface VariantFacts {
  readonly id: string;
  /** The variant that it is made from, null for one that was given. */
  readonly from: string | null;
  readonly precision: string;
  readonly lineage: LineageFacts | null;
}

/** A model of the suite, for reports. */
export interface ModelFacts {
  readonly id: string;
  readonly task: string | null;
  readonly description: string | null;
  /** `generated`: a stand-in with random weights. */
  readonly weights: 'trained' | 'generated';
  /** The variant that the others are held against, null without one. */
  readonly reference: string | null;
  readonly variants: readonly VariantFacts[];
}

/** What may be shipped and what decides, from the suite; null where it says nothing. */
export interface ShipRule {
  readonly constraints: readonly Constraint[];
  readonly objective: MetricName | null;
}

/** Everything a report is made of: facts of the run, and results that are read when asked for (a run can have 100,000). */
export interface RunReport {
  readonly run: RunInfo;
  /** What the suite says of itself, null where it says nothing. */
  readonly description: string | null;
  readonly models: readonly ModelFacts[];
  readonly shipRule: ShipRule | null;
  readonly devices: readonly DeviceFacts[];
  readonly resultCount: number;
  /** Comparisons of variants inside the run. */
  readonly comparisons: readonly Comparison[];
  /** Results in the order of the plan; may be iterated several times. */
  results(): Iterable<CaseResult>;
  /** Launches of one case, in order of block and attempt. */
  traces(key: string): readonly LaunchTrace[];
}
