import { normalDensity, normalQuantile } from './normal.ts';
import type { Sample } from './sample.ts';

/** Noise of a series, whatever steps it has. */
export interface Noise {
  readonly sd: number;
  /** Lag-1 autocorrelation of the noise. */
  readonly phi: number;
  /** √ of the long-run variance: √n times the standard error of a mean of n. */
  readonly longRunSd: number;
}

/** Share cut off either end of the differences: steps, spikes and their echo stay below it. */
const TRIM = 0.1;
/** AR(1) noise above this can't be told from level changes in a few hundred points. */
const MAX_PHI = 0.9;
/** The autocorrelation estimate of a short series is mostly chance (its error is about 1.5/√n), so it counts n/(n + this). */
const PHI_SHRINKAGE = 30;

/** Variance of x_{t+lag} − x_t without the outer tenths, made consistent for normal differences. */
function differenceVariance(values: Sample, lag: number): number {
  const n = values.length - lag;
  const differences = new Float64Array(n);
  for (let t = 0; t < n; t++) differences[t] = (values[t + lag] ?? Number.NaN) - (values[t] ?? Number.NaN);
  differences.sort();
  const cut = Math.floor(n * TRIM);
  let squares = 0;
  for (let i = cut; i < n - cut; i++) squares += (differences[i] ?? Number.NaN) ** 2;
  const share = cut / n;
  const z = share === 0 ? 0 : normalQuantile(1 - share);
  const consistency = share === 0 ? 1 : 1 - (2 * z * normalDensity(z)) / (1 - 2 * share);
  return squares / (n - 2 * cut) / consistency;
}

/**
 * Noise from differences, which level shifts hardly touch: v_k = Var(x_{t+k} − x_t) = 2σ²(1 − φᵏ) for AR(1), so v₂/v₁ = 1 + φ and
 * v₃/v₁ = 1 + φ + φ²; φ̂ is the mean of both solutions, σ² = v₁/(2(1 − φ̂)), σ²_LR = σ²(1 + φ̂)/(1 − φ̂).
 * Needs n ≥ 4; a shorter or constant series has noise 0.
 */
export function noiseOf(values: Sample): Noise {
  const n = values.length;
  if (n < 4) return { sd: 0, phi: 0, longRunSd: 0 };
  const v1 = differenceVariance(values, 1);
  if (v1 === 0) return { sd: 0, phi: 0, longRunSd: 0 };
  const fromLag2 = differenceVariance(values, 2) / v1 - 1;
  const fromLag3 = (Math.sqrt(Math.max(0, 4 * (differenceVariance(values, 3) / v1) - 3)) - 1) / 2;
  const phi = Math.min(MAX_PHI, Math.max(0, ((fromLag2 + fromLag3) / 2) * (n / (n + PHI_SHRINKAGE))));
  const variance = v1 / (2 * (1 - phi));
  return { sd: Math.sqrt(variance), phi, longRunSd: Math.sqrt((variance * (1 + phi)) / (1 - phi)) };
}
