import { selectInPlace } from './order-statistic.ts';
import { quantileRank } from './quantile-interval.ts';
import type { Random } from '../domain/random.ts';
import { SampleError, type Sample } from './sample.ts';

/** Simulated arrivals: of these, 500 lie beyond the p99, so that its estimate is good to a few percent of the wait. */
const ARRIVALS = 50_000;
/** Halvings of the rate's interval: to a millionth. */
const STEPS = 20;

export interface QueueGoal {
  /** Latency (wait and service) that must hold at the percentile, ns. */
  readonly boundNs: number;
  readonly percentile: number;
  /** The highest share of the service rate that is looked at. */
  readonly maxUtilisation: number;
}

/**
 * The highest Poisson arrival rate, per second, at which one server that works first in, first out holds the bound: Lindley's recursion (1952) over the service
 * times in the order measured, so that their autocorrelation stays. The same draws serve every rate, so that the answer is a monotone search. 0 when not even a
 * lone query holds the bound.
 * @throws SampleError without service times
 */
export function highestHeldRate(servicesNs: Sample, goal: QueueGoal, random: Random): number {
  if (servicesNs.length === 0) throw new SampleError('no service times to simulate a queue with');
  const gaps = Float64Array.from({ length: ARRIVALS }, () => -Math.log1p(-random()));
  const latencies = new Float64Array(ARRIVALS);
  const rank = quantileRank(ARRIVALS, goal.percentile);
  const holds = (ratePerS: number): boolean => {
    let wait = 0;
    let service = 0;
    for (let i = 0; i < ARRIVALS; i++) {
      wait = Math.max(0, wait + service - ((gaps[i] ?? 0) * 1e9) / ratePerS);
      service = servicesNs[i % servicesNs.length] ?? 0;
      latencies[i] = wait + service;
    }
    return selectInPlace(latencies, rank) <= goal.boundNs;
  };
  let total = 0;
  for (let i = 0; i < servicesNs.length; i++) total += servicesNs[i] ?? 0;
  let low = 0;
  let high = (goal.maxUtilisation * 1e9 * servicesNs.length) / total;
  if (holds(high)) return high;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low < high / 2 ** (STEPS - 1) ? 0 : low;
}
