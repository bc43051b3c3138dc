import { PRESETS, type MeasurePolicy, type PresetName } from '../domain/preset.ts';
import type { Suite } from '../domain/suite.ts';

/** The preset, with the suite's own `measure` laid over it. */
export function makePolicy(suite: Suite, preset: PresetName): MeasurePolicy {
  const base = PRESETS[preset];
  const { launches, maxLaunches, precision, minSeconds, maxSeconds, budgetMinutes } = suite.measure;
  const minLaunches = launches ?? Math.min(base.minLaunches, maxLaunches ?? base.minLaunches);
  const least = minSeconds ?? Math.min(base.minSeconds, maxSeconds ?? base.minSeconds);
  return {
    ...base,
    minLaunches,
    maxLaunches: Math.max(minLaunches, maxLaunches ?? base.maxLaunches),
    targetHalfWidth: precision ?? base.targetHalfWidth,
    minSeconds: least,
    maxSeconds: Math.max(least, maxSeconds ?? base.maxSeconds),
    budgetSeconds: budgetMinutes === undefined ? base.budgetSeconds : budgetMinutes * 60,
  };
}
