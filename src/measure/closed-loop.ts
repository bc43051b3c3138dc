import type { MeasurePolicy } from '../domain/preset.ts';
import type { HarnessClient } from '../harness/client.ts';
import { decideStop, lookCount, nextLook } from '../stats/stop-rule.ts';
import { steadyState } from '../stats/steady-state.ts';
import { LatencyLog } from './latency-log.ts';

/** More latencies in one burst would make a line of megabytes; a faster model gets shorter bursts. */
const MAX_QUERIES_PER_BURST = 20_000;
/** Beyond this a launch holds enough for any quantile here, and the steady-state search stays cheap. */
const MAX_QUERIES = 400_000;
/** MLPerf's least duration is kept beyond that, until memory asks for an end: ten minutes of 60 µs. */
const MAX_MLPERF_QUERIES = 10_000_000;
/** A launch that waits for a least number of queries (MLPerf) may take this many times its longest time. */
const MIN_QUERY_PATIENCE = 4;
/** Fewer inferences than this tell nothing of a distribution, however long they took. */
const LEAST_QUERIES = 3;
/** A launch starts again when its harness times another number of queries at once: twice is an engine that got faster, more is one that can't be told. */
const MAX_REGROUPINGS = 4;
/** 1 − confidence of the intervals. */
const ALPHA = 0.05;

export interface Burst { readonly startNs: number; readonly durationNs: number; readonly offset: number; readonly count: number; /** Queries that each of its latencies is the mean of; absent: one. */ readonly groupSize?: number }

/** Queries shorter than the harness's clock can tell. */
export class ClockTooCoarse extends Error {
  override readonly name = 'ClockTooCoarse';
}

/** What a closed loop measured: queries back to back in bursts, until the interval was narrow enough or the time was up. */
export interface ClosedLoop {
  readonly latenciesNs: Float64Array;
  readonly bursts: readonly Burst[];
  readonly warmupSamples: number;
  readonly steady: boolean;
  readonly drift: number | null;
  readonly stop: 'precise' | 'time' | 'queries' | 'sustained';
  readonly looks: number;
}

export interface ClosedLoopOptions {
  readonly client: HarnessClient;
  readonly scenario: 'single-stream' | 'multi-stream' | 'offline';
  readonly callsPerQuery: number;
  readonly policy: MeasurePolicy;
  readonly maxSeconds: number;
  readonly minQueries: number;
  readonly inferenceMs: number;
  /** Measures for so long, whatever is known before; null: until it is precise. */
  readonly sustainSeconds: number | null;
}

/** Measures until precise (METHODS 1.3 to 1.6). Throws the harness client's errors and ClockTooCoarse. */
export async function measureClosedLoop(options: ClosedLoopOptions): Promise<ClosedLoop> {
  const { client, policy, scenario, callsPerQuery, minQueries } = options;
  const log = new LatencyLog();
  const bursts: Burst[] = [];
  const minNs = Math.min(policy.minSeconds, options.maxSeconds) * 1e9;
  const maxNs = options.maxSeconds * 1e9;
  const burstSeconds = Math.min(policy.batchSeconds, options.maxSeconds);
  const { sustainSeconds } = options;
  const maxQueries = policy.mlperf === null && sustainSeconds === null ? MAX_QUERIES : MAX_MLPERF_QUERIES;
  let elapsedNs = 0;
  let looks = 0;
  let plannedLooks = 0;
  let lookAt = 0;
  let regroupings = 0;
  let stop: ClosedLoop['stop'] | null = null;
  while (stop === null) {
    const batch = await client.run({ scenario, count: MAX_QUERIES_PER_BURST, durationNs: burstSeconds * 1e9, callsPerQuery }, burstSeconds * 1000 + options.inferenceMs * callsPerQuery);
    if (bursts.length > 0 && bursts[0]?.groupSize !== batch.groupSize) {
      // Means of few and of many queries are no one series; sizes only grow, and settle when the engine is warm.
      if (++regroupings > MAX_REGROUPINGS) throw new ClockTooCoarse(`the harness changed ${regroupings} times how many queries it times at once: its clock (steps of ${client.hello.clockResolutionNs} ns) can't tell this model's`);
      bursts.length = 0;
      log.clear();
      elapsedNs = 0;
      lookAt = 0;
    }
    bursts.push({ startNs: batch.startNs, durationNs: batch.endNs - batch.startNs, offset: log.length, count: batch.latenciesNs.length, ...(batch.groupSize === undefined ? {} : { groupSize: batch.groupSize }) });
    const zeros = batch.latenciesNs.reduce((sum, latencyNs) => sum + (latencyNs === 0 ? 1 : 0), 0);
    if (zeros > 0) throw new ClockTooCoarse(`${zeros} of ${batch.latenciesNs.length} latencies are 0 ns: the harness's clock (steps of ${client.hello.clockResolutionNs} ns) is too coarse for this model; take a larger batch, or a harness with a finer clock`);
    log.push(batch.latenciesNs);
    elapsedNs += batch.endNs - batch.startNs;
    if (sustainSeconds !== null) {
      // By the wall: pauses between bursts cool, and are part of it.
      if (batch.endNs - (bursts[0]?.startNs ?? 0) >= sustainSeconds * 1e9) stop = 'sustained';
      else if (log.length >= maxQueries) stop = 'queries';
      continue;
    }
    const enough = log.length >= Math.max(LEAST_QUERIES, minQueries);
    if (elapsedNs >= minNs && log.length >= LEAST_QUERIES && log.length >= lookAt) {
      if (plannedLooks === 0) plannedLooks = lookCount(log.length, Math.max(log.length, (log.length * maxNs) / elapsedNs));
      looks++;
      lookAt = nextLook(log.length);
      const state = steadyState(log.view(), { targetHalfWidth: policy.targetHalfWidth });
      const decision = decideStop(log.view(state.start), { p: policy.quantile, epsilon: policy.targetHalfWidth, alpha: ALPHA, looks: Math.max(looks, plannedLooks) });
      if (decision.state === 'precise' && state.steady && enough) stop = 'precise';
    }
    if (stop === null && enough && (log.length >= maxQueries || (log.length >= MAX_QUERIES && elapsedNs >= minNs))) stop = 'queries';
    if (stop === null && elapsedNs >= maxNs && (enough || elapsedNs >= MIN_QUERY_PATIENCE * maxNs)) stop = 'time';
  }
  const latenciesNs = log.toArray();
  const state = steadyState(latenciesNs, { targetHalfWidth: policy.targetHalfWidth });
  return { latenciesNs, bursts, warmupSamples: state.start, steady: state.steady, drift: Number.isFinite(state.drift) ? state.drift : null, stop, looks: Math.max(1, looks, plannedLooks) };
}
