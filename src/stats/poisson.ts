import type { Random } from '../domain/random.ts';
import { SampleError } from './sample.ts';

/** Arrival times of a Poisson process in [0, durationNs), ascending, ns from the start: exponential gaps of mean 1e9/ratePerS. @throws SampleError unless the rate is positive and the duration finite and not negative. */
export function poissonArrivalsNs(ratePerS: number, durationNs: number, random: Random): Float64Array {
  if (!(ratePerS > 0 && Number.isFinite(ratePerS) && durationNs >= 0 && Number.isFinite(durationNs))) {
    throw new SampleError(`no arrivals at ${ratePerS} per second for ${durationNs} ns: the rate must be positive, the duration finite`);
  }
  const meanGapNs = 1e9 / ratePerS;
  const arrivals: number[] = [];
  for (let timeNs = -Math.log1p(-random()) * meanGapNs; timeNs < durationNs; timeNs += -Math.log1p(-random()) * meanGapNs) arrivals.push(timeNs);
  return Float64Array.from(arrivals);
}
