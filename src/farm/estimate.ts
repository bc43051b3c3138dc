import type { PlannedCase } from '../domain/plan.ts';
import { leastLaunches, sustainedSeconds, type MeasurePolicy } from '../domain/preset.ts';

/** Starting a harness, loading a small model and saying goodbye; measured by `npm run bench:overhead`, rounded up. */
export const LAUNCH_OVERHEAD_S = 0.7;
/** Loading twice (profiled and reference), a few inferences, reading the profile. */
export const VERIFICATION_S = 2;
/** Model load is not known before it was done once. */
export const LEAST_MEASURED_S = 0.5;

/** Cases that share a verifying pass: one model file, runtime, delegate, options and device, whatever the scenario. */
export function verificationSubject(planned: PlannedCase): string {
  const { model, variant, runtime, delegate, device, options } = planned.case;
  return `${model}/${variant}/${runtime}/${delegate}/${device}?threads=${options.threads}&batch=${options.batch}`;
}

/** Preparing, sending and answering one item, before it was done once: a text image with PP-OCR on one core took 35 ms, a digit 3 ms. */
export const QUALITY_ITEM_S = 0.03;

/** Cases that share a quality figure: one model file, runtime, delegate, thread count and device; items go one by one, whatever the batch. */
export function qualitySubject(planned: PlannedCase): string {
  const { model, variant, runtime, delegate, device, options } = planned.case;
  return `${model}/${variant}/${runtime}/${delegate}/${device}?threads=${options.threads}`;
}

/** How many items each model is asked; a model that is not there has no quality to measure. */
export type QualityItems = ReadonlyMap<string, number>;

/** Items to answer by subject. */
function qualityWork(cases: readonly PlannedCase[], items: QualityItems): ReadonlyMap<string, number> {
  return new Map(cases.flatMap((planned) => {
    const count = items.get(planned.case.model);
    return count === undefined ? [] : [[qualitySubject(planned), count] as const];
  }));
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

export interface Estimate {
  readonly launches: number;
  readonly verifications: number;
  /** Variants, with their runtime, delegate, threads and device, whose quality is measured, and the items that they answer together. */
  readonly qualityPasses: number;
  readonly qualityItems: number;
  /** Wall-clock seconds on each device, by device id. */
  readonly secondsByDevice: ReadonlyMap<string, number>;
  /** The most one launch may measure so that all launches fit into the budget. */
  readonly launchSeconds: number;
}

/** What the cases that can run will cost, before anything ran. `quality`: items by model. `unitsOf`: how many units share the cases of an entry of the suite's `devices`. */
export function estimateCost(cases: readonly PlannedCase[], policy: MeasurePolicy, quality: QualityItems, unitsOf: (device: string) => number = () => 1): Estimate {
  const runnable = cases.filter((planned) => planned.verdict === null);
  const byDevice = Map.groupBy(runnable, (planned) => planned.case.device);
  const launchesOf = (some: readonly PlannedCase[]): number => sum(some.map((planned) => leastLaunches(policy, planned.case.workload)));
  const secondsByDevice = new Map<string, number>();
  let launchSeconds = policy.maxSeconds;
  for (const [device, list] of byDevice) {
    const sustainedS = sum(list.map(({ case: { workload } }) => (sustainedSeconds(policy, workload) ?? 0) * leastLaunches(policy, workload)));
    const work = qualityWork(list, quality);
    const fixed = new Set(list.map(verificationSubject)).size * VERIFICATION_S + work.size * LAUNCH_OVERHEAD_S + sum(work.values()) * QUALITY_ITEM_S + launchesOf(list) * LAUNCH_OVERHEAD_S + sustainedS;
    const launches = launchesOf(list.filter(({ case: { workload } }) => sustainedSeconds(policy, workload) === null));
    const room = policy.budgetSeconds === null ? policy.maxSeconds : (policy.budgetSeconds - fixed) / Math.max(1, launches);
    launchSeconds = Math.max(LEAST_MEASURED_S, Math.min(launchSeconds, room));
    secondsByDevice.set(device, (fixed + launches * launchSeconds) / Math.max(1, unitsOf(device)));
  }
  const work = qualityWork(runnable, quality);
  return {
    launches: launchesOf(runnable), verifications: new Set(runnable.map(verificationSubject)).size, qualityPasses: work.size, qualityItems: sum(work.values()),
    secondsByDevice, launchSeconds,
  };
}
