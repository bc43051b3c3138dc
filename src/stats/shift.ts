/** A difference with its interval, on the scale of the numbers given (log ratios where those were logs). Low and high are null where no interval can be given. */
export interface Shift {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided p of no difference, by the same method as the interval; null with it. */
  readonly p: number | null;
  /** Pairs, or launches of the smaller side. */
  readonly n: number;
  readonly method: string;
}

/** Cumulative null distribution of a whole-valued statistic from the counts of its values; ends at 1. */
export function cumulative(counts: Float64Array): Float64Array {
  let total = 0;
  for (const count of counts) total += count;
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum / total;
  });
}

/** The largest k ≥ 1 with P(S ≤ k − 1) ≤ α/2: [k-th smallest, k-th largest] of the differences then covers at 1 − α or more. 0 where even the range does not. */
export function rankDepth(cdf: Float64Array, alpha: number): number {
  let k = 0;
  while (k < cdf.length && (cdf[k] ?? 1) <= alpha / 2) k++;
  return k;
}
