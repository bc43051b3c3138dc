import { normalCdf, normalQuantile } from './normal.ts';
import { selectInPlace } from './order-statistic.ts';
import { cumulative, rankDepth, type Shift } from './shift.ts';
import { copyOf, type Sample } from './sample.ts';
import { median } from './summary.ts';

/** The exact null distribution is used up to here; beyond, the normal one differs by less than 0.001. */
const MAX_EXACT = 50;

/** P(V ≤ v) of Wilcoxon's signed-rank statistic for n differences without ties, v = 0 … n(n+1)/2. */
export function signedRankCdf(n: number): Float64Array {
  const counts = new Float64Array((n * (n + 1)) / 2 + 1);
  counts[0] = 1;
  for (let rank = 1; rank <= n; rank++) for (let v = counts.length - 1; v >= rank; v--) counts[v] = (counts[v] ?? 0) + (counts[v - rank] ?? 0);
  return cumulative(counts);
}

/** Averages of all pairs of the values, each with itself too. */
function walshAverages(values: Float64Array): Float64Array {
  const n = values.length;
  const averages = new Float64Array((n * (n + 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) averages[at++] = ((values[i] ?? 0) + (values[j] ?? 0)) / 2;
  return averages;
}

/**
 * Hodges–Lehmann estimate with the interval of Wilcoxon's signed-rank test, from Walsh averages (Hollander, Wolfe & Chicken, §3.2–3.3);
 * null where n is too small for the level (n ≥ 6 at 95 %). Assumes differences symmetric about their centre. p counts the averages below
 * and above 0, which is the signed-rank statistic, ties at 0 counted half.
 */
export function signedRankShift(differences: Sample, alpha: number): Shift | null {
  const n = differences.length;
  const averages = walshAverages(copyOf(differences));
  const m = averages.length;
  let above = 0;
  for (const average of averages) above += average > 0 ? 1 : average === 0 ? 0.5 : 0;
  const v = Math.min(above, m - above);
  let k: number;
  let p: number;
  if (n <= MAX_EXACT) {
    const cdf = signedRankCdf(n);
    k = rankDepth(cdf, alpha);
    p = Math.min(1, 2 * (cdf[Math.ceil(v)] ?? 1));
  } else {
    const sd = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
    k = Math.floor((m + 1) / 2 + normalQuantile(alpha / 2) * sd);
    p = Math.min(1, 2 * normalCdf((v + 0.5 - m / 2) / sd));
  }
  if (k < 1) return null;
  return { estimate: median(averages), low: selectInPlace(averages, k - 1), high: selectInPlace(averages, m - k), p, n, method: 'Hodges-Lehmann, signed-rank interval' };
}
