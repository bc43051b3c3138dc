import type { PlannedCase } from '../domain/plan.ts';
import { leastLaunches, sustainedSeconds, type MeasurePolicy } from '../domain/preset.ts';
import type { Roster } from './unit.ts';

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

/** What takes turns on one machine, seconds of wall clock together; or one device that shares with none. */
export interface MachineEstimate {
  /** Entries of the suite's `devices`. */
  readonly devices: readonly string[];
  readonly seconds: number;
  /** What the run may take there; null: as long as it takes. */
  readonly budgetSeconds: number | null;
}

export interface Estimate {
  readonly launches: number;
  readonly verifications: number;
  /** Variants, with their runtime, delegate, threads and device, whose quality is measured, and the items that they answer together. */
  readonly qualityPasses: number;
  readonly qualityItems: number;
  /** Seconds of each device's own work, by device id. */
  readonly secondsByDevice: ReadonlyMap<string, number>;
  /** Machines work at once, the devices of each one after the other. */
  readonly machines: readonly MachineEstimate[];
}

/** Work of a device whose length is known, and launches that take what the budget leaves them. */
interface Work {
  readonly device: string;
  readonly fixedSeconds: number;
  readonly launches: number;
  /** Machines that do it at once. */
  readonly width: number;
}

function launchesOf(cases: readonly PlannedCase[], policy: MeasurePolicy): number {
  return sum(cases.map((planned) => leastLaunches(policy, planned.case.workload)));
}

function workOf(device: string, cases: readonly PlannedCase[], policy: MeasurePolicy, quality: QualityItems, width: number): Work {
  const sustainedS = sum(cases.map(({ case: { workload } }) => (sustainedSeconds(policy, workload) ?? 0) * leastLaunches(policy, workload)));
  const items = qualityWork(cases, quality);
  return {
    device, width, launches: launchesOf(cases.filter(({ case: { workload } }) => sustainedSeconds(policy, workload) === null), policy),
    fixedSeconds: new Set(cases.map(verificationSubject)).size * VERIFICATION_S + items.size * LAUNCH_OVERHEAD_S + sum(items.values()) * QUALITY_ITEM_S + launchesOf(cases, policy) * LAUNCH_OVERHEAD_S + sustainedS,
  };
}

/** Seconds of each work when together it is to end within the budget, where one launch measures at least the least and at most the policy's. */
function secondsWithin(work: readonly Work[], policy: MeasurePolicy): number[] {
  const { budgetSeconds, maxSeconds } = policy;
  const fixed = sum(work.map(({ fixedSeconds, width }) => fixedSeconds / width));
  const launches = sum(work.map((each) => each.launches / each.width));
  const room = budgetSeconds === null || launches === 0 ? maxSeconds : (budgetSeconds - fixed) / launches;
  const launchSeconds = Math.max(LEAST_MEASURED_S, Math.min(maxSeconds, room));
  return work.map((each) => (each.fixedSeconds + each.launches * launchSeconds) / each.width);
}

/** What the cases that can run will cost, before anything ran. `quality`: items by model. `locksOf`: the locks that the units of an entry of the suite's `devices` take, one each. */
export function estimateCost(cases: readonly PlannedCase[], policy: MeasurePolicy, quality: QualityItems, locksOf: (device: string) => readonly string[] = (device) => [device]): Estimate {
  const runnable = cases.filter((planned) => planned.verdict === null);
  const work = [...Map.groupBy(runnable, (planned) => planned.case.device)].map(([device, list]) => workOf(device, list, policy, quality, Math.max(1, new Set(locksOf(device)).size)));
  const secondsByDevice = new Map<string, number>();
  const machines: MachineEstimate[] = [];
  for (const [, shared] of Map.groupBy(work, ({ device }) => [...new Set(locksOf(device))].toSorted().join('\n'))) {
    const seconds = policy.budgetScope === 'machine' ? secondsWithin(shared, policy) : shared.flatMap((each) => secondsWithin([each], policy));
    for (const [index, { device }] of shared.entries()) secondsByDevice.set(device, seconds[index] ?? 0);
    const { budgetSeconds } = policy;
    machines.push({ devices: shared.map(({ device }) => device), seconds: sum(seconds), budgetSeconds: budgetSeconds === null ? null : policy.budgetScope === 'machine' ? budgetSeconds : budgetSeconds * shared.length });
  }
  const items = qualityWork(runnable, quality);
  return { launches: launchesOf(runnable, policy), verifications: new Set(runnable.map(verificationSubject)).size, qualityPasses: items.size, qualityItems: sum(items.values()), secondsByDevice, machines };
}

/** The locks of a roster's units that an entry of the suite's `devices` stands for. */
export function locksIn({ units, named }: Pick<Roster, 'units' | 'named'>): (device: string) => readonly string[] {
  return (device) => (named[device] ?? [device]).map((id) => units.find((unit) => unit.id === id)?.lockId ?? id);
}
