import { effectiveSize } from './effective-size.ts';
import { normalQuantile } from './normal.ts';
import { SampleError, sorted, type Sample } from './sample.ts';

/** A quantile of one launch, in the unit of its samples; `[low, high]` are order statistics around `value`. */
export interface QuantileInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** Independent samples that the n autocorrelated ones are worth for this quantile. */
  readonly effectiveN: number;
}

/** 0-based rank of the p-quantile: the smallest sample with at least a share p at or below it. The slack keeps 0.07 × 100 from becoming rank 8. */
export function quantileRank(n: number, p: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(n * p - 1e-9) - 1));
}

/** The p-quantile of ascending values, an order statistic; never interpolated. NaN when empty. */
export function quantileOfSorted(ascending: Float64Array, p: number): number {
  return ascending[quantileRank(ascending.length, p)] ?? Number.NaN;
}

/**
 * Intervals for several quantiles of one launch from a single sort; null where too few samples are there to give one.
 * Order statistics l = ⌊n(p − z√(p(1−p)/n_e))⌋, u = ⌈n(p + z√(p(1−p)/n_e))⌉, z = Φ⁻¹(1 − α/2), the usual distribution-free interval
 * with n_e (effectiveSize) for n under the root. `npm run bench:stats` shows its coverage against the one with n.
 * @param samples in time order
 * @throws SampleError on a sample that is not finite, or unless 0 < p < 1 and 0 < α < 1
 */
export function quantileIntervals(samples: Sample, quantiles: readonly number[], alpha: number): readonly (QuantileInterval | null)[] {
  const ascending = sorted(samples);
  const n = ascending.length;
  const z = normalQuantile(1 - alpha / 2);
  return quantiles.map((p) => {
    if (!(p > 0 && p < 1)) throw new SampleError(`a quantile lies between 0 and 1, not at ${p}`);
    if (n < 2) return null;
    const value = quantileOfSorted(ascending, p);
    const effectiveN = effectiveSize(samples, value);
    const reach = z * Math.sqrt((p * (1 - p)) / effectiveN);
    const low = ascending[Math.floor(n * (p - reach)) - 1];
    const high = ascending[Math.ceil(n * (p + reach)) - 1];
    return low === undefined || high === undefined ? null : { value, low, high, n, effectiveN };
  });
}

/** One quantile's interval; see quantileIntervals. */
export function quantileInterval(samples: Sample, p: number, alpha: number): QuantileInterval | null {
  return quantileIntervals(samples, [p], alpha)[0] ?? null;
}
