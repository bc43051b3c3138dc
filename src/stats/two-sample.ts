import { normalCdf, normalQuantile } from './normal.ts';
import { selectInPlace } from './order-statistic.ts';
import { copyOf, SampleError, type Sample } from './sample.ts';
import { cumulative, rankDepth, type Shift } from './shift.ts';
import { studentCdf, studentQuantile } from './student.ts';
import { mean, median, sampleSd } from './summary.ts';

/** The exact null distribution is used up to this many values a side; beyond, the normal one is as good. */
const MAX_EXACT = 50;

/** P(U ≤ u) of Mann and Whitney's statistic for m and n values without ties, u = 0 … mn: coefficients of the Gaussian binomial. */
export function mannWhitneyCdf(m: number, n: number): Float64Array {
  const counts = new Float64Array(m * n + 1);
  counts[0] = 1;
  for (let i = 1; i <= m; i++) {
    for (let u = counts.length - 1; u >= n + i; u--) counts[u] = (counts[u] ?? 0) - (counts[u - n - i] ?? 0);
    for (let u = i; u < counts.length; u++) counts[u] = (counts[u] ?? 0) + (counts[u - i] ?? 0);
  }
  return cumulative(counts);
}

/** Hodges–Lehmann shift with the interval of the Mann–Whitney test; null where the counts are too small for the level (4 and 4 at 95 %). */
function rankShift(base: Float64Array, head: Float64Array, alpha: number): Shift | null {
  const m = base.length;
  const n = head.length;
  const differences = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) differences[i * n + j] = (head[j] ?? 0) - (base[i] ?? 0);
  let above = 0;
  for (const d of differences) above += d > 0 ? 1 : d === 0 ? 0.5 : 0;
  const u = Math.min(above, m * n - above);
  let k: number;
  let p: number;
  if (Math.max(m, n) <= MAX_EXACT) {
    const cdf = mannWhitneyCdf(m, n);
    k = rankDepth(cdf, alpha);
    p = Math.min(1, 2 * (cdf[Math.ceil(u)] ?? 1));
  } else {
    const sd = Math.sqrt((m * n * (m + n + 1)) / 12);
    k = Math.floor((m * n + 1) / 2 + normalQuantile(alpha / 2) * sd);
    p = Math.min(1, 2 * normalCdf((u + 0.5 - (m * n) / 2) / sd));
  }
  if (k < 1) return null;
  return {
    estimate: median(differences), low: selectInPlace(differences, k - 1), high: selectInPlace(differences, m * n - k),
    p, n: Math.min(m, n), method: 'Hodges-Lehmann, Mann-Whitney interval',
  };
}

/** Welch's t with Satterthwaite's degrees of freedom. */
function welchShift(base: Float64Array, head: Float64Array, alpha: number): Shift {
  const n = Math.min(base.length, head.length);
  const estimate = mean(head) - mean(base);
  const varianceBase = sampleSd(base) ** 2 / base.length;
  const varianceHead = sampleSd(head) ** 2 / head.length;
  const error = Math.sqrt(varianceBase + varianceHead);
  const method = 'difference of means, Welch t interval';
  if (error === 0) return { estimate, low: estimate, high: estimate, p: estimate === 0 ? 1 : 0, n, method };
  const df = (varianceBase + varianceHead) ** 2 / (varianceBase ** 2 / (base.length - 1) + varianceHead ** 2 / (head.length - 1));
  const reach = studentQuantile(1 - alpha / 2, df) * error;
  return { estimate, low: estimate - reach, high: estimate + reach, p: 2 * studentCdf(-Math.abs(estimate / error), df), n, method };
}

/**
 * Shift of head against base, launches that were not paired (two separate runs), interval at 1 − alpha. Give logs for a log ratio.
 * Separate runs share no block, so a slow change of the device between them is in the difference: pair launches where that can be.
 * Hodges–Lehmann with the exact Mann–Whitney interval, Welch's t where ranks can't reach the level, no interval with one launch a side.
 * @throws SampleError when a side is empty or a value is not finite
 */
export function unpairedDifference(base: Sample, head: Sample, alpha: number): Shift {
  if (base.length === 0 || head.length === 0) throw new SampleError('nothing to compare: one side has no launches');
  const [b, h] = [copyOf(base), copyOf(head)];
  const n = Math.min(b.length, h.length);
  if (n === 1) return { estimate: median(h) - median(b), low: null, high: null, p: null, n, method: 'one launch on a side, no interval' };
  return rankShift(b, h, alpha) ?? welchShift(b, h, alpha);
}
