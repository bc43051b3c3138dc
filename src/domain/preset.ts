import type { Scenario } from './case.ts';

export const PRESET_NAMES = ['quick', 'standard', 'submission'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** How much is measured, and what is asked of it. Times in seconds. */
export interface MeasurePolicy {
  readonly preset: PresetName;
  readonly minLaunches: number;
  readonly maxLaunches: number;
  /** Relative half-width of the interval that measuring aims at (epsilon in METHODS 1.6). */
  readonly targetHalfWidth: number;
  /** Time measured in a launch after the first inference. */
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** One burst of inferences. */
  readonly batchSeconds: number;
  /** The quantile whose interval decides when a launch is precise enough. */
  readonly quantile: number;
  /** What becomes of a launch that never became steady. */
  readonly unsteady: 'warn' | 'invalid';
  /** How long a closed gate is waited for before the launch. */
  readonly gateWaitSeconds: number;
  /** The whole run, without waits for others on the same machine; null: as long as it takes. */
  readonly budgetSeconds: number | null;
  /** `device`: each device of the run has it, as presets do. `machine`: it was asked for, so that devices that take turns on one machine share it. */
  readonly budgetScope: 'device' | 'machine';
  /** Workloads that run on for a time of their own, by id. */
  readonly sustained: Readonly<Record<string, { readonly seconds: number; readonly launches: number }>>;
  /** MLPerf's rules: least queries by scenario, and the early-stopping estimate at 99 % confidence. */
  readonly mlperf: Readonly<Record<Scenario, { readonly minQueries: number; readonly percentile: number }>> | null;
}

/**
 * `submission` takes its durations and counts from MLPerf Inference's rules for edge systems (600 s; single-stream p90,
 * multi-stream p99, offline 24,576 samples; the query counts are those of early stopping with no query over the bound).
 */
export const PRESETS: Readonly<Record<PresetName, MeasurePolicy>> = {
  quick: {
    preset: 'quick', minLaunches: 3, maxLaunches: 3, targetHalfWidth: 0.05, minSeconds: 1, maxSeconds: 3.5, batchSeconds: 0.5, quantile: 0.5,
    unsteady: 'warn', gateWaitSeconds: 5, budgetSeconds: 210, budgetScope: 'device', sustained: {}, mlperf: null,
  },
  standard: {
    preset: 'standard', minLaunches: 6, maxLaunches: 12, targetHalfWidth: 0.02, minSeconds: 5, maxSeconds: 30, batchSeconds: 0.5, quantile: 0.9,
    unsteady: 'warn', gateWaitSeconds: 120, budgetSeconds: null, budgetScope: 'device', sustained: {}, mlperf: null,
  },
  submission: {
    preset: 'submission', minLaunches: 5, maxLaunches: 12, targetHalfWidth: 0.01, minSeconds: 600, maxSeconds: 1200, batchSeconds: 1, quantile: 0.9,
    unsteady: 'invalid', gateWaitSeconds: 600, budgetSeconds: null, budgetScope: 'device', sustained: {},
    mlperf: {
      'single-stream': { minQueries: 64, percentile: 0.9 },
      'multi-stream': { minQueries: 662, percentile: 0.99 },
      server: { minQueries: 662, percentile: 0.99 },
      offline: { minQueries: 24_576, percentile: 0.5 },
    },
  },
};

/** How long one launch of a sustained workload measures; null for the others, which end when they know enough. */
export function sustainedSeconds(policy: MeasurePolicy, workload: string): number | null {
  return policy.sustained[workload]?.seconds ?? null;
}

/** The least launches of a case of this workload. */
export function leastLaunches(policy: MeasurePolicy, workload: string): number {
  return policy.sustained[workload]?.launches ?? policy.minLaunches;
}
