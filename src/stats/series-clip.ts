import { medianInPlace } from './order-statistic.ts';
import type { Sample } from './sample.ts';

/** Values on either side in the running median: 11 in all (METHODS' window; a level of 6 nights or more keeps its edges). */
const REACH = 5;
/** Towards either end the window shrinks to five values: two odd nights of the last five are spikes, three are a change. */
const LEAST_REACH = 2;
/** Distance from the running median, in standard deviations of the noise, beyond which a value is drawn in (Hampel 1974). */
const SPIKE_SDS = 3;
/** Distance beyond which a value says nothing and the median stands for it: spikes left at their bound hide the autocorrelation (`test/bench/detect.ts --choose`). */
const GROSS_SDS = 4.5;

/** A copy with spikes drawn in to 3 noise standard deviations of the running median of 11, gross ones (4.5) to the median. Levels keep their edges; a level of fewer than three values is a spike. */
export function clipSeries(values: Sample, noiseSd: number, grossSds = GROSS_SDS): Float64Array {
  const n = values.length;
  const clipped = Float64Array.from(values);
  const bound = SPIKE_SDS * noiseSd;
  const gross = grossSds * noiseSd;
  const windows = Array.from({ length: REACH + 1 }, (_, side) => new Float64Array(2 * side + 1));
  for (let t = 0; t < n; t++) {
    const side = Math.min(Math.max(LEAST_REACH, Math.min(REACH, t, n - 1 - t)), (n - 1) >>> 1);
    const window = windows[side] ?? new Float64Array(2 * side + 1);
    const from = Math.min(Math.max(0, t - side), n - 2 * side - 1);
    for (let i = 0; i < window.length; i++) window[i] = values[from + i] ?? Number.NaN;
    const centre = medianInPlace(window);
    const value = values[t] ?? centre;
    clipped[t] = Math.abs(value - centre) > gross ? centre : Math.min(centre + bound, Math.max(centre - bound, value));
  }
  return clipped;
}
