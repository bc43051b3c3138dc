import type { LaunchRecord } from '../domain/launch.ts';
import { quantileOfSorted } from '../stats/quantile-interval.ts';
import type { Burst } from './closed-loop.ts';

const MINUTE_NS = 60e9;
/** A median of fewer says nothing of a minute. */
const LEAST_QUERIES = 5;

/** Medians of the first and the last minute, by when a query began; null where one of them held too few. */
export function firstAndLast(latenciesNs: Float64Array, bursts: readonly Burst[]): NonNullable<LaunchRecord['sustained']> | null {
  const originNs = bursts[0]?.startNs ?? 0;
  const last = bursts.at(-1);
  const endNs = last === undefined ? 0 : last.startNs + last.durationNs - originNs;
  const first: number[] = [];
  const final: number[] = [];
  for (const { startNs, offset, count } of bursts) {
    let atNs = startNs - originNs;
    for (const latencyNs of latenciesNs.subarray(offset, offset + count)) {
      if (atNs < MINUTE_NS) first.push(latencyNs);
      if (atNs >= endNs - MINUTE_NS) final.push(latencyNs);
      atNs += latencyNs;
    }
  }
  if (first.length < LEAST_QUERIES || final.length < LEAST_QUERIES) return null;
  const firstNs = median(first);
  const lastNs = median(final);
  return { seconds: endNs / 1e9, firstNs, lastNs, ratio: lastNs / firstNs };
}

function median(values: readonly number[]): number {
  return quantileOfSorted(Float64Array.from(values).sort(), 0.5);
}
