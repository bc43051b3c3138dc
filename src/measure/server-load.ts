import type { HarnessClient } from '../harness/client.ts';
import { seededRandom } from '../domain/random.ts';
import { poissonArrivalsNs } from '../stats/poisson.ts';
import { quantileOfSorted } from '../stats/quantile-interval.ts';

/** MLPerf judges the server scenario at the 99th percentile. */
export const SERVER_PERCENTILE = 0.99;
/** Halvings of the rate's interval in a search: to 1.6 % of the highest rate. */
const SEARCH_STEPS = 6;
/** Times the found rate is lowered by a twentieth when the long window misses the bound that a short one held. */
const CONFIRM_STEPS = 6;
const BACK_OFF = 0.95;
/** A server can't keep up with arrivals at more than this share of its own service rate. */
const MAX_UTILISATION = 0.98;
const MAX_ARRIVALS = 200_000;

export interface ServerWindow {
  readonly ratePerS: number;
  readonly p99Ns: number;
  readonly met: boolean;
  readonly startNs: number;
  readonly durationNs: number;
  readonly latenciesNs: Float64Array;
  readonly completionsNs: Float64Array;
}

export interface ServerOptions {
  readonly client: HarnessClient;
  readonly boundNs: number;
  /** A given rate, or null to search the highest one that holds the bound. */
  readonly ratePerS: number | null;
  /** Mean time of one inference in a closed loop, ns. */
  readonly serviceNs: number;
  readonly windowSeconds: number;
  readonly inferenceMs: number;
  readonly seed: string;
}

/** Offers Poisson arrivals (from the seed) and judges the p99 of completion less arrival against the bound. Throws the harness client's errors. */
export async function measureServer(options: ServerOptions): Promise<ServerWindow> {
  const { client, boundNs, windowSeconds } = options;
  const offer = async (ratePerS: number, seconds: number, label: string): Promise<ServerWindow> => {
    const span = Math.min(seconds, MAX_ARRIVALS / ratePerS);
    const drawn = poissonArrivalsNs(ratePerS, span * 1e9, seededRandom(`${options.seed}/${label}`));
    const arrivalsNs = drawn.length > 0 ? [...drawn] : [0];
    // In the worst case every query waits for all before it.
    const limitMs = span * 1000 + options.inferenceMs + (arrivalsNs.length * options.serviceNs * 4) / 1e6;
    const batch = await client.run({ scenario: 'server', arrivalsNs }, limitMs);
    const p99Ns = quantileOfSorted(Float64Array.from(batch.latenciesNs).sort(), SERVER_PERCENTILE);
    return {
      ratePerS, p99Ns, met: p99Ns <= boundNs, startNs: batch.startNs, durationNs: batch.endNs - batch.startNs,
      latenciesNs: Float64Array.from(batch.latenciesNs), completionsNs: Float64Array.from(batch.completionsNs ?? []),
    };
  };
  if (options.ratePerS !== null) return offer(options.ratePerS, windowSeconds, 'given');
  const highest = (MAX_UTILISATION * 1e9) / options.serviceNs;
  let low = 0;
  let high = highest;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (low + high) / 2;
    const probe = await offer(middle, Math.max(1, windowSeconds / 4), `search-${step}`);
    if (probe.met) low = middle;
    else high = middle;
  }
  let rate = low > 0 ? low : highest / 2 ** SEARCH_STEPS;
  let window = await offer(rate, windowSeconds, 'confirm-0');
  for (let step = 1; step < CONFIRM_STEPS && !window.met; step++) {
    rate *= BACK_OFF;
    window = await offer(rate, windowSeconds, `confirm-${step}`);
  }
  return window;
}
