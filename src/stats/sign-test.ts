import { binomialCdf } from './binomial.ts';
import { rankDepth, type Shift } from './shift.ts';
import { sorted, type Sample } from './sample.ts';
import { median } from './summary.ts';

/** Median with the interval of the sign test, which needs no symmetry; null where n is too small for the level (n ≥ 6 at 95 %). */
export function signTestShift(differences: Sample, alpha: number): Shift | null {
  const ascending = sorted(differences);
  const n = ascending.length;
  const cdf = Float64Array.from({ length: n + 1 }, (_, k) => binomialCdf(k, n, 0.5));
  const k = rankDepth(cdf, alpha);
  const low = ascending[k - 1];
  const high = ascending[n - k];
  if (low === undefined || high === undefined) return null;
  let above = 0;
  for (const d of ascending) above += d > 0 ? 1 : d === 0 ? 0.5 : 0;
  const p = Math.min(1, 2 * (cdf[Math.ceil(Math.min(above, n - above))] ?? 1));
  return { estimate: median(ascending), low, high, p, n, method: 'median, sign-test interval' };
}

/** p of "the median is no farther from 0 than the margin", on the median's own side; a difference at the margin counts for it. */
export function signTestMaterialP(differences: Sample, margin: number): number {
  const ascending = sorted(differences);
  const side = median(ascending) >= 0 ? 1 : -1;
  let within = 0;
  for (const d of ascending) if (side * d <= margin) within++;
  return binomialCdf(within, ascending.length, 0.5);
}
