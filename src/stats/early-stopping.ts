import { binomialCdf } from './binomial.ts';
import { SampleError, sorted, type Sample } from './sample.ts';

/** MLPerf's confidence (inference rules, "Early Stopping Criterion"; tolerance 0). */
export const MLPERF_CONFIDENCE = 0.99;

/** MLPerf's estimate of a percentile from below its fixed query count, ns if the samples are. */
export interface EarlyStopping {
  readonly percentile: number;
  /** The estimate, above the true percentile with the confidence asked for; null while there are fewer queries than required. */
  readonly estimate: number | null;
  /** How many of the highest latencies it leaves out. */
  readonly discarded: number;
  readonly queries: number;
  /** Queries needed for any estimate: 64 for p90, 662 for p99 at 99 %. */
  readonly required: number;
}

/**
 * Smallest number of queries h + t, of which t may be over the latency bound, with BinomCDF(t; h + t, 1 − p) ≤ 1 − c: with that many queries and
 * no more over the bound, the p-percentile is under it with confidence c (MLPerf inference rules, Early Stopping Criterion).
 * @throws SampleError unless 0 < p < 1, 0 < c < 1, t a whole number ≥ 0
 */
export function minQueries(t: number, p: number, c: number): number {
  if (!(p > 0 && p < 1 && c > 0 && c < 1 && t >= 0 && Number.isInteger(t))) throw new SampleError(`early stopping has no query count for t = ${t}, p = ${p}, c = ${c}`);
  const passes = (h: number): boolean => binomialCdf(t, h + t, 1 - p) <= 1 - c;
  let high = 1;
  while (!passes(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high + t;
}

/**
 * LoadGen's early-stopping estimate (loadgen/results.cc): the largest t ≥ 1 that the query count allows, and the t-th highest latency, so t − 1 are discarded
 * and t queries are at or over the estimate.
 * @throws SampleError on a sample that is not finite
 */
export function earlyStoppingEstimate(samples: Sample, percentile: number, confidence: number): EarlyStopping {
  const ascending = sorted(samples);
  const queries = ascending.length;
  const required = minQueries(1, percentile, confidence);
  if (queries < required) return { percentile, estimate: null, discarded: 0, queries, required };
  let t = 1;
  let over = 2;
  while (minQueries(over, percentile, confidence) <= queries) {
    t = over;
    over *= 2;
  }
  while (over - t > 1) {
    const middle = Math.floor((t + over) / 2);
    if (minQueries(middle, percentile, confidence) <= queries) t = middle;
    else over = middle;
  }
  return { percentile, estimate: ascending[queries - t] ?? null, discarded: t - 1, queries, required };
}
