import { PRESETS, type MeasurePolicy, type PresetName } from '../domain/preset.ts';
import type { Suite } from '../domain/suite.ts';

/** The preset, with the suite's own `measure` laid over it. */
export function makePolicy(suite: Suite, preset: PresetName): MeasurePolicy {
  const base = PRESETS[preset];
  const { launches, maxLaunches, precision, minSeconds, maxSeconds, budgetMinutes } = suite.measure;
  const minLaunches = launches ?? Math.min(base.minLaunches, maxLaunches ?? base.minLaunches);
  const least = minSeconds ?? Math.min(base.minSeconds, maxSeconds ?? base.minSeconds);
  const sustained = Object.fromEntries(suite.workloads.flatMap(({ id, sustainMinutes }) => (sustainMinutes === undefined ? [] : [[id, { seconds: sustainMinutes * 60, launches: launches ?? 1 }]])));
  // What is asked to run for minutes is not held to the few of a preset.
  const budget = Object.keys(sustained).length > 0 ? null : base.budgetSeconds;
  return {
    ...base,
    sustained,
    minLaunches,
    maxLaunches: Math.max(minLaunches, maxLaunches ?? base.maxLaunches),
    targetHalfWidth: precision ?? base.targetHalfWidth,
    minSeconds: least,
    maxSeconds: Math.max(least, maxSeconds ?? base.maxSeconds),
    budgetSeconds: budgetMinutes === undefined ? budget : budgetMinutes * 60,
    budgetScope: budgetMinutes === undefined ? base.budgetScope : 'machine',
  };
}
