import { studentQuantile } from './student.ts';
import { median } from './summary.ts';

/** A value's 95 % interval over n launches. */
export interface LaunchInterval {
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Nights that speak for how a series is measured now. */
const RECENT_NIGHTS = 60;

/**
 * The least noise that a series' nights can have, as a standard deviation of logarithms: the standard error of one night's value from the spread over its launches
 * (half the width of the t interval on logs, over t), the median of the last 60 nights. Nights that happen to be more alike than their own launches allow are luck.
 * 0 where no night has an interval, or values are exact.
 */
export function launchNoise(intervals: readonly (LaunchInterval | null)[]): number {
  const errors = intervals.slice(-RECENT_NIGHTS).flatMap((interval) => {
    if (interval === null || interval.n < 2 || !(interval.low > 0)) return [];
    return [Math.log(interval.high / interval.low) / 2 / tQuantile(interval.n - 1)];
  });
  return errors.length === 0 ? 0 : median(errors);
}

const quantiles = new Map<number, number>();

function tQuantile(df: number): number {
  const known = quantiles.get(df) ?? studentQuantile(0.975, df);
  quantiles.set(df, known);
  return known;
}
