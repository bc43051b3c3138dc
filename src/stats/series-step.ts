import { normalDensity } from './normal.ts';
import type { Noise } from './noise.ts';
import type { Sample } from './sample.ts';

/** Nights that a level must last on either side of a change: METHODS' 5; fewer are not told from a cluster of odd nights. */
export const MIN_LEVEL = 5;

/** A series made ready for scanning: the noise around its levels, and running sums, so that the mean of any stretch costs nothing. */
export interface ScannedSeries {
  readonly values: Sample;
  /** sums[t] = Σ of the first t values, centred. */
  readonly sums: Float64Array;
  readonly noise: Noise;
}

/** The strongest step of a stretch. `p`: the chance that noise alone shows one as strong anywhere in the stretch. */
export interface StrongestStep {
  readonly index: number;
  readonly p: number;
}

/** Running sums of the values; `noise` in the same unit, its long-run deviation above 0. */
export function scanned(values: Sample, noise: Noise): ScannedSeries {
  const n = values.length;
  const origin = values[0] ?? 0;
  const sums = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) sums[t + 1] = (sums[t] ?? 0) + (values[t] ?? Number.NaN) - origin;
  return { values, sums, noise };
}

/** Mean of the values from `to` on less the mean of those before, in [from, end). */
export function shiftAt(series: ScannedSeries, from: number, at: number, end: number): number {
  const sum = (a: number, b: number): number => ((series.sums[b] ?? Number.NaN) - (series.sums[a] ?? Number.NaN)) / (b - a);
  return sum(at, end) - sum(from, at);
}

/**
 * Degrees of freedom of the long-run variance: 2 / Var(ln σ̂²_LR). By the delta method on σ²_LR = σ_e²/(1 − φ)² with Var(ln σ̂_e²) = 2/n and Var(φ̂) = (1 − φ²)/n.
 */
function noiseDegrees(n: number, phi: number): number {
  return n / (1 + (2 * (1 + phi)) / (1 - phi));
}

/** The normal deviate as unlikely as Student's t (Wallace 1959, Annals of Mathematical Statistics 30:1124): to 0.1 % where df > 5, and without underflow. */
function asNormal(t: number, df: number): number {
  return ((8 * df + 1) / (8 * df + 3)) * Math.sqrt(df * Math.log1p((t * t) / df));
}

/**
 * P(max of the standardised CUSUM over h ≤ τ/n ≤ 1 − h exceeds z) (Csörgő & Horváth 1997, Limit Theorems in Change-Point Analysis, eq. 1.3.26;
 * James, James & Siegmund 1987, Biometrika 74:71). On the safe side: continuous time has more maxima than nights have. 1 where z is too small for the expansion.
 */
export function supremumP(z: number, h: number): number {
  if (z < 1.5) return 1;
  const p = z * normalDensity(z) * (2 * Math.log((1 - h) / h) * (1 - 1 / (z * z)) + 4 / (z * z));
  return Math.min(1, Math.max(Number.MIN_VALUE, p));
}

/** The chance that noise alone shows a step of `size` long-run standard errors anywhere in a stretch of n: `supremumP`, with the noise known as well as the whole series tells it. */
export function chanceOf({ values, noise }: ScannedSeries, size: number, n: number): number {
  return supremumP(asNormal(size, noiseDegrees(values.length, noise.phi)), MIN_LEVEL / n);
}

/** The strongest step in [from, end): the maximum of the CUSUM standardised by the long-run noise, both levels at least 5 long. Null where the stretch is too short. */
export function strongestStep(series: ScannedSeries, from: number, end: number): StrongestStep | null {
  const n = end - from;
  if (n < 2 * MIN_LEVEL) return null;
  const { sums, noise } = series;
  const start = sums[from] ?? 0;
  const slope = ((sums[end] ?? 0) - start) / n;
  let best = -1;
  let index = from;
  for (let k = MIN_LEVEL; k <= n - MIN_LEVEL; k++) {
    const s = (sums[from + k] ?? 0) - start - slope * k;
    const size = (s * s) / (k * (n - k));
    if (size > best) {
      best = size;
      index = from + k;
    }
  }
  return { index, p: chanceOf(series, Math.sqrt(best * n) / noise.longRunSd, n) };
}
