import type { Noise } from './noise.ts';
import type { Sample } from './sample.ts';

/** AR(1) noise above this can't be told from level changes in a year of nights. */
const MAX_PHI = 0.9;

/**
 * Noise around the levels between the given changes: lag-1 autocorrelation and variance of the residuals. Its error is half that of the estimate
 * from differences (`noiseOf`), but it needs the levels. Both are mended for the levels' being estimated: φ̂ falls short by (1 + 3φ)/n for each level
 * (Marriott & Pope 1954, Biometrika 41:390), Σ residual² by (1 + φ)/(1 − φ) variances.
 * @param changes ascending start indices of the levels after the first
 */
export function residualNoise(values: Sample, changes: readonly number[]): Noise {
  const n = values.length;
  const edges = [0, ...changes, n];
  const levels = edges.length - 1;
  let squares = 0;
  let products = 0;
  for (let k = 0; k < levels; k++) {
    const from = edges[k] ?? 0;
    const to = edges[k + 1] ?? n;
    let sum = 0;
    for (let t = from; t < to; t++) sum += values[t] ?? Number.NaN;
    const level = sum / (to - from);
    let previous = 0;
    for (let t = from; t < to; t++) {
      const residual = (values[t] ?? Number.NaN) - level;
      squares += residual * residual;
      products += residual * previous;
      previous = residual;
    }
  }
  if (!(squares > 0)) return { sd: 0, phi: 0, longRunSd: 0 };
  const raw = products / squares;
  const phi = Math.min(MAX_PHI, Math.max(0, raw + (levels * (1 + 3 * raw)) / n));
  const inflation = (1 + phi) / (1 - phi);
  const variance = squares / Math.max(n / 2, n - levels * inflation);
  return { sd: Math.sqrt(variance), phi, longRunSd: Math.sqrt(variance * inflation) };
}
