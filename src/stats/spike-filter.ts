import { medianInPlace } from './order-statistic.ts';
import type { Sample } from './sample.ts';

/** Distance from the running median, in standard deviations of the noise, at which a value is a spike (Hampel 1974). */
const SPIKE_SDS = 3;

/**
 * A copy with spikes drawn in to 3 noise standard deviations of the running median of `2·reach + 1` values; levels keep their edges. Towards
 * the end the window shrinks to the last three values: one odd value is a spike, two are a change. The first `reach` values
 * stay as they are: there, a spike and a warm-up look the same and either may be cut.
 */
export function clipSpikes(values: Sample, reach: number, noiseSd: number): Float64Array {
  const n = values.length;
  const clipped = Float64Array.from(values);
  if (reach === 0) return clipped;
  const bound = SPIKE_SDS * noiseSd;
  for (let t = reach; t < n; t++) {
    const side = Math.min(reach, Math.max(1, n - 1 - t));
    const from = Math.min(t - side, n - 3);
    const centre = medianInPlace(Float64Array.from({ length: 2 * side + 1 }, (_, i) => values[from + i] ?? Number.NaN));
    clipped[t] = Math.min(centre + bound, Math.max(centre - bound, values[t] ?? centre));
  }
  return clipped;
}
