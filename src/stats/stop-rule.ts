import { quantileInterval, type QuantileInterval } from './quantile-interval.ts';
import { SampleError, type Sample } from './sample.ts';

/** Looks grow by this factor, so that a launch of any length is looked at O(log n) times. */
const LOOK_GROWTH = 1.5;
/** Effective samples that must lie beyond a quantile before it is a number: p90 needs n_e ≥ 100, p99 needs n_e ≥ 1,000. */
const MIN_TAIL_SAMPLES = 10;

/** What measuring is for: the p-quantile to ± epsilon (a share of it) at confidence 1 − alpha over at most `looks` looks. */
export interface PrecisionGoal {
  readonly p: number;
  readonly epsilon: number;
  readonly alpha: number;
  /** All looks that will be taken, this one too: each is held at alpha/looks (Bonferroni), so looking often is no way to luck. */
  readonly looks: number;
}

/** `precise`: stop. `wide`: the interval is not narrow enough. `short`: too few effective samples beyond the quantile. The interval is the one at alpha/looks. */
export type StopDecision =
  | { readonly state: 'precise' | 'wide'; readonly interval: QuantileInterval; readonly halfWidth: number }
  | { readonly state: 'short'; readonly interval: QuantileInterval | null; readonly halfWidth: number | null };

/** The sample count of the look after one at n. */
export function nextLook(n: number): number {
  return Math.ceil(n * LOOK_GROWTH);
}

/** How many looks fit from the first at `first` samples to the last at no more than `most`; at least 1. */
export function lookCount(first: number, most: number): number {
  if (!(first >= 1)) throw new SampleError(`the first look needs at least one sample, not ${first}`);
  let looks = 1;
  for (let n = nextLook(first); n <= most; n = nextLook(n)) looks++;
  return looks;
}

/** True when enough effective samples lie on the thin side of the quantile; below that a tail quantile is "insufficient", not a number. */
export function tailSupported(effectiveN: number, p: number): boolean {
  // The slack takes up the rounding of 1 − p: 1,000 × (1 − 0.99) is a little above 10, 100 × (1 − 0.9) a little below.
  return effectiveN * Math.min(p, 1 - p) >= MIN_TAIL_SAMPLES - 1e-9;
}

/** Half the interval's width as a share of the value. */
export function relativeHalfWidth(interval: QuantileInterval): number {
  return (interval.high - interval.low) / (2 * interval.value);
}

/** Whether the samples so far (time order, warm-up cut) are enough. */
export function decideStop(samples: Sample, goal: PrecisionGoal): StopDecision {
  const interval = quantileInterval(samples, goal.p, goal.alpha / goal.looks);
  if (interval === null) return { state: 'short', interval: null, halfWidth: null };
  const halfWidth = relativeHalfWidth(interval);
  if (!tailSupported(interval.effectiveN, goal.p)) return { state: 'short', interval, halfWidth };
  return { state: halfWidth <= goal.epsilon ? 'precise' : 'wide', interval, halfWidth };
}
