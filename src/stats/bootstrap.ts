import { seededRandom } from '../domain/random.ts';
import { sumsOf, type Figure, type ItemScores } from './item-scores.ts';
import { normalCdf, normalQuantile } from './normal.ts';

/** Efron and Tibshirani (1993, §14.3) ask for at least 1,000 for BCa; with 2,000 its ends move by under a tenth of the interval's width from seed to seed. */
const RESAMPLES = 2000;
/** Resamples in which the figure is not defined (a division by zero) may be left out, if they are fewer than this share. */
const MAX_UNDEFINED = 0.01;

export interface BootstrapInterval {
  readonly value: number;
  /** Null where resampling can't tell: under two items, all items alike, or a figure that is not defined in many resamples. */
  readonly low: number | null;
  readonly high: number | null;
}

function resample({ n, width, rows }: ItemScores, figure: Figure, seed: string): Float64Array {
  const random = seededRandom(seed);
  const values = new Float64Array(RESAMPLES);
  const sums = new Float64Array(width);
  for (let b = 0; b < RESAMPLES; b++) {
    sums.fill(0);
    for (let i = 0; i < n; i++) {
      const at = Math.floor(random() * n) * width;
      for (let k = 0; k < width; k++) sums[k] = (sums[k] ?? 0) + (rows[at + k] ?? 0);
    }
    values[b] = figure(sums, n);
  }
  return values;
}

/** The skewness that corrects for a spread that changes with the figure: from leaving out one item at a time (Efron 1987, eq. 6.6). */
function acceleration({ n, width, rows }: ItemScores, figure: Figure, total: Float64Array): number {
  const values = new Float64Array(n);
  const sums = new Float64Array(width);
  let mean = 0;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < width; k++) sums[k] = (total[k] ?? 0) - (rows[i * width + k] ?? 0);
    const value = figure(sums, n - 1);
    values[i] = value;
    mean += value / n;
  }
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const d = mean - value;
    squares += d * d;
    cubes += d * d * d;
  }
  const result = cubes / (6 * squares ** 1.5);
  return Number.isFinite(result) ? result : 0;
}

/**
 * Bias-corrected and accelerated bootstrap interval (BCa: Efron 1987, JASA 82:171) with items as the unit. BCa rather than the plain percentile interval, because
 * shares near 0 or 1 and error rates are skewed: see test/stats/bootstrap.test.ts for the coverage of both. The same seed gives the same interval.
 */
export function bootstrapInterval(scores: ItemScores, figure: Figure, options: { readonly alpha: number; readonly seed: string }): BootstrapInterval {
  const total = sumsOf(scores);
  const value = figure(total, scores.n);
  const none = { value, low: null, high: null };
  if (scores.n < 2 || !Number.isFinite(value)) return none;
  const values = resample(scores, figure, options.seed).filter(Number.isFinite).sort();
  if (values.length < RESAMPLES * (1 - MAX_UNDEFINED) || values[0] === values.at(-1)) return none;
  // Ties count half: the figures of 0/1 scores are discrete.
  let below = 0;
  for (const each of values) below += each < value ? 1 : each === value ? 0.5 : 0;
  const bias = normalQuantile(Math.min(1 - 1 / values.length, Math.max(1 / values.length, below / values.length)));
  const a = acceleration(scores, figure, total);
  const at = (p: number): number => {
    const z = bias + normalQuantile(p);
    const share = normalCdf(bias + z / (1 - a * z));
    return values[Math.min(values.length - 1, Math.max(0, Math.round(share * values.length - 0.5)))] ?? value;
  };
  return { value, low: Math.min(value, at(options.alpha / 2)), high: Math.max(value, at(1 - options.alpha / 2)) };
}
