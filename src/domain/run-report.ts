import type { ConditionSample } from './condition.ts';
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

/** Everything a report is made of: facts of the run, and results that are read when asked for (a run can have 100,000). */
export interface RunReport {
  readonly run: RunInfo;
  readonly devices: readonly DeviceFacts[];
  readonly resultCount: number;
  /** Comparisons of variants inside the run. */
  readonly comparisons: readonly Comparison[];
  /** Results in the order of the plan; may be iterated several times. */
  results(): Iterable<CaseResult>;
  /** Launches of one case, in order of block and attempt. */
  traces(key: string): readonly LaunchTrace[];
}
