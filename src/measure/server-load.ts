import type { HarnessClient } from '../harness/client.ts';
import { MAX_BATCH_QUERIES } from '../harness/wire.ts';
import { seededRandom } from '../domain/random.ts';
import { poissonArrivalsNs } from '../stats/poisson.ts';
import { highestHeldRate } from '../stats/queue.ts';
import { mean } from '../stats/summary.ts';
import { quantileOfSorted } from '../stats/quantile-interval.ts';

/** MLPerf judges the server scenario at the 99th percentile. */
export const SERVER_PERCENTILE = 0.99;
/** Times the rate is lowered by a twentieth when the device misses the bound that the simulated queue held. */
const CONFIRM_STEPS = 8;
const BACK_OFF = 0.95;
/** A server can't keep up with arrivals at more than this share of its own service rate. */
const MAX_UTILISATION = 0.98;
/** Offered, to show it, where not even a lone query holds the bound. */
const LEAST_UTILISATION = 0.02;
/** As many as a harness takes in one batch. */
const MAX_ARRIVALS = MAX_BATCH_QUERIES;

export interface ServerWindow {
  readonly ratePerS: number;
  readonly p99Ns: number;
  readonly met: boolean;
  readonly startNs: number;
  readonly durationNs: number;
  readonly latenciesNs: Float64Array;
  readonly completionsNs: Float64Array;
  /** All that was offered until this window's end, s. */
  readonly offeredSeconds: number;
}

export interface ServerOptions {
  readonly client: HarnessClient;
  readonly boundNs: number;
  /** A given rate, or null to search the highest one that holds the bound. */
  readonly ratePerS: number | null;
  /** Times of single inferences in a closed loop, in the order measured, ns. */
  readonly servicesNs: Float64Array;
  readonly windowSeconds: number;
  /** A search starts no window that would end beyond this. */
  readonly totalSeconds: number;
  readonly inferenceMs: number;
  readonly seed: string;
}

/** Offers Poisson arrivals (from the seed) and judges the p99 of completion less arrival against the bound. Throws the harness client's errors. */
export async function measureServer(options: ServerOptions): Promise<ServerWindow> {
  const { client, boundNs, windowSeconds } = options;
  const serviceNs = mean(options.servicesNs);
  let offeredSeconds = 0;
  const offer = async (ratePerS: number, seconds: number, label: string): Promise<ServerWindow> => {
    const span = Math.min(seconds, MAX_ARRIVALS / ratePerS);
    const drawn = poissonArrivalsNs(ratePerS, span * 1e9, seededRandom(`${options.seed}/${label}`));
    const arrivalsNs = drawn.length > 0 ? [...drawn] : [0];
    // In the worst case every query waits for all before it.
    const limitMs = span * 1000 + options.inferenceMs + (arrivalsNs.length * serviceNs * 4) / 1e6;
    const batch = await client.run({ scenario: 'server', arrivalsNs }, limitMs);
    offeredSeconds += (batch.endNs - batch.startNs) / 1e9;
    const p99Ns = quantileOfSorted(Float64Array.from(batch.latenciesNs).sort(), SERVER_PERCENTILE);
    return {
      ratePerS, p99Ns, met: p99Ns <= boundNs, startNs: batch.startNs, durationNs: batch.endNs - batch.startNs,
      latenciesNs: Float64Array.from(batch.latenciesNs), completionsNs: Float64Array.from(batch.completionsNs ?? []), offeredSeconds,
    };
  };
  if (options.ratePerS !== null) return offer(options.ratePerS, windowSeconds, 'given');
  // A queue of the measured service times tells the rate to a percent in no device time; the device has the last word.
  const goal = { boundNs, percentile: SERVER_PERCENTILE, maxUtilisation: MAX_UTILISATION };
  let rate = highestHeldRate(options.servicesNs, goal, seededRandom(`${options.seed}/queue`));
  if (rate === 0) rate = LEAST_UTILISATION * 1e9 / serviceNs;
  let window = await offer(rate, windowSeconds, 'confirm-0');
  for (let step = 1; step < CONFIRM_STEPS && !window.met && offeredSeconds + windowSeconds <= options.totalSeconds; step++) {
    rate *= BACK_OFF;
    window = await offer(rate, windowSeconds, `confirm-${step}`);
  }
  return window;
}
