import { studentQuantile } from './student.ts';
import { logs, type Sample } from './sample.ts';
import { clipSeries } from './series-clip.ts';
import { noiseOf } from './noise.ts';
import { mean, median, sampleSd } from './summary.ts';

/** Values that a level is known by: with fewer, what a device is like is still being learned. */
export const LEARNING_VALUES = 10;
/** Nights that speak for what a device is like now. */
const RECENT_VALUES = 30;
/** Chance of a bound being crossed by noise alone, each night: once in three years of nights. */
const ALPHA = 0.001;
/** Drift below this is no reason to set a device aside, however steady it was before. */
const LEAST_DRIFT = 0.05;
/** A new level is taken for the device's own when this many nights before agree with tonight. */
const SETTLED_NIGHTS = 2;

/** Beyond this many deviations of the noise (by differences, which steps don't touch), two values in a row belong to another level. */
const LEVEL_SDS = 4;

/** The latest values that are of one level, as far as that is enough of them to know it by; else all. */
function ofOneLevel(values: Float64Array): Float64Array {
  const reach = Math.max(Math.log1p(LEAST_DRIFT), LEVEL_SDS * noiseOf(values).sd);
  const level = median(values.slice(-LEARNING_VALUES));
  let from = values.length;
  const isOff = (at: number): boolean => Math.abs((values[at] ?? level) - level) > reach;
  while (from > 0 && !(isOff(from - 1) && isOff(from - 2))) from--;
  return values.length - from >= LEARNING_VALUES ? values.slice(from) : values;
}

/** Whether a value is one of its series. `ratio`: over the level before; `bound`: the share beyond which it is not. */
export type Drift =
  | { readonly state: 'learning' }
  | { readonly state: 'steady' | 'drifted' | 'settled'; readonly ratio: number; readonly bound: number };

/**
 * Whether tonight's value lies outside what a device's own past predicts: the t prediction interval of one more value (Hahn & Meeker 1991, ch. 4) from the last 30 with
 * spikes drawn in, 5 % at least. `settled`: it does, and the two nights before are as it is, so that this is how the device is now. Checked by `test/stats/drift.test.ts`.
 * @param past the values before, oldest first, all above 0
 */
export function judgeDrift(past: Sample, tonight: number): Drift {
  if (past.length < LEARNING_VALUES) return { state: 'learning' };
  const recent = logs(Array.from(past).slice(-RECENT_VALUES));
  const level = ofOneLevel(recent);
  const values = clipSeries(level, Math.max(noiseOf(level).sd, Number.EPSILON));
  const n = values.length;
  const reach = Math.max(Math.log1p(LEAST_DRIFT), studentQuantile(1 - ALPHA / 2, n - 1) * sampleSd(values) * Math.sqrt(1 + 1 / n));
  const centre = mean(values);
  const value = Math.log(tonight);
  const outside = (one: number, from: number): boolean => Math.abs(one - from) > reach;
  const state = !outside(value, centre) ? 'steady' : [...recent].slice(-SETTLED_NIGHTS).every((one) => outside(one, centre) && !outside(one, value)) ? 'settled' : 'drifted';
  return { state, ratio: Math.exp(value - centre), bound: Math.expm1(reach) };
}
