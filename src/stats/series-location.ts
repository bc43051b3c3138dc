import { chanceOf, MIN_LEVEL, type ScannedSeries, type StrongestStep } from './series-step.ts';

/** Where a change lies: `index` is the first value of the new level; it lies in [earliest, latest] with 95 %. */
export interface Location {
  readonly index: number;
  readonly earliest: number;
  readonly latest: number;
}

/** A place more than this many nights off is merely wrong: two weeks, as good as any from 8 to 20 in `test/bench/detect.ts --choose`. */
const LOSS_CAP_NIGHTS = 14;
/** Log likelihoods this far below the best add nothing (e⁻⁴⁰ of its mass). */
const NEGLIGIBLE = 40;

/**
 * Twice the log likelihood gain of a step at each place of [from, end), by generalised least squares for AR(1) noise: a step moves one innovation by
 * its whole size and the later ones by (1 − φ) of it, which places it better than the CUSUM does where nights are alike (φ = .6: 85 % to the night, not 71 %).
 */
function gains(series: ScannedSeries, from: number, end: number): Float64Array {
  const { values, noise: { phi, sd } } = series;
  const n = end - from;
  const scale = 1 / Math.sqrt(1 - phi * phi);
  const later = (1 - phi) * scale;
  const origin = values[from] ?? 0;
  const white = new Float64Array(n);
  let previous = 0;
  let levelWhite = 0;
  for (let t = 1; t < n; t++) {
    const value = (values[from + t] ?? Number.NaN) - origin;
    white[t] = (value - phi * previous) * scale;
    levelWhite += later * (white[t] ?? 0);
    previous = value;
  }
  const levelLevel = 1 + later * later * (n - 1);
  const result = new Float64Array(n);
  let tail = 0;
  for (let t = n - 1; t >= MIN_LEVEL; t--) {
    const after = (n - 1 - t) * later * later;
    const stepLevel = after + later * scale;
    const numerator = tail * later + (white[t] ?? 0) * scale - (stepLevel * levelWhite) / levelLevel;
    if (t <= n - MIN_LEVEL) result[t] = (numerator * numerator) / (after + scale * scale - (stepLevel * stepLevel) / levelLevel) / (sd * sd);
    tail += white[t] ?? 0;
  }
  return result;
}

/**
 * Where the one step in [from, end) lies: of all places the one with the smallest expected distance from the truth, a distance counting 14 nights at most,
 * under the likelihood (flat prior). For small steps the likelihood has several peaks; the highest is nearer than 10 nights less often than this place.
 * The stretch holds 10 values or more.
 */
export function locateStep(series: ScannedSeries, from: number, end: number, lossCap = LOSS_CAP_NIGHTS): Location {
  const gain = gains(series, from, end);
  const n = gain.length;
  let top = 0;
  for (const value of gain) top = Math.max(top, value);
  const mass = gain.map((value, t) => (t < MIN_LEVEL || t > n - MIN_LEVEL || top - value > 2 * NEGLIGIBLE ? 0 : Math.exp((value - top) / 2)));
  // The weight cap − |distance| is a box of `cap` places over a box of `cap` places, so running sums of running sums give it in O(n).
  const sums = new Float64Array(n + 2 * lossCap + 1);
  for (let i = 0; i < n + 2 * lossCap; i++) sums[i + 1] = (sums[i] ?? 0) + (mass[i - lossCap] ?? 0);
  const boxes = new Float64Array(n + lossCap + 1);
  for (let i = 0; i < n + lossCap; i++) boxes[i + 1] = (boxes[i] ?? 0) + (sums[i + lossCap + 1] ?? 0) - (sums[i + 1] ?? 0);
  const total = sums[n + 2 * lossCap] ?? 0;
  let best = -1;
  let index = MIN_LEVEL;
  let earliest = n;
  let latest = MIN_LEVEL;
  let passed = 0;
  for (let place = MIN_LEVEL; place <= n - MIN_LEVEL; place++) {
    const own = mass[place] ?? 0;
    if (own === 0) continue;
    const near = (boxes[place + lossCap] ?? 0) - (boxes[place] ?? 0);
    if (near > best) {
      best = near;
      index = place;
    }
    if (passed + own > 0.025 * total) earliest = Math.min(earliest, place);
    if (passed < 0.975 * total) latest = place;
    passed += own;
  }
  return { index: from + index, earliest: from + Math.min(earliest, index), latest: from + Math.max(latest, index) };
}

/**
 * The likeliest step in [from, end) by the same likelihood, for prompt alarms: the first night of a new level is worth 1/(1 − φ)² later ones
 * to it (two at φ = .3, six at .6), which the CUSUM does not use. Null where the stretch is too short.
 */
export function likeliestStep(series: ScannedSeries, from: number, end: number): StrongestStep | null {
  if (end - from < 2 * MIN_LEVEL) return null;
  let best = 0;
  let index = from + MIN_LEVEL;
  for (const [t, gain] of gains(series, from, end).entries()) {
    if (gain > best) {
      best = gain;
      index = from + t;
    }
  }
  return { index, p: chanceOf(series, Math.sqrt(best), end - from) };
}
