import type { LaunchTrace } from '../domain/run-report.ts';
import type { CaseResult } from '../domain/result.ts';
import { latencyBins } from '../report/chart/latency-histogram.ts';
import type { CaseDetail, RawLatencies } from './data.ts';

/** Latencies of one case that are published with it: a `standard` run of a fast model has more, which stay in the store. */
const MAX_RAW = 20_000;
const NS_PER_MS = 1e6;

/** A case's last result with its distribution. */
export function caseDetail(run: number, { key: _key, case: _case, ...result }: CaseResult, traces: readonly LaunchTrace[]): CaseDetail {
  const steady = traces.map((trace) => ({ ...trace, ms: trace.latenciesNs.subarray(trace.warmupSamples).map((ns) => ns / NS_PER_MS) })).filter(({ ms }) => ms.length > 0);
  const marks = (['latency_p50', 'latency_p90', 'latency_p99'] as const).flatMap((name) => {
    const metric = result.metrics[name];
    return metric === undefined ? [] : [{ valueMs: metric.value, text: '' }];
  });
  const all = new Float64Array(steady.reduce((sum, { ms }) => sum + ms.length, 0));
  let at = 0;
  for (const { ms } of steady) {
    all.set(ms, at);
    at += ms.length;
  }
  const bins = latencyBins(all, marks);
  if (bins === null) return { run, result, bins, launchBins: [] };
  const { lowMs, widthMs, counts } = bins;
  return {
    run, result, bins,
    launchBins: steady.map(({ block, attempt, ms }) => {
      const own = counts.map(() => 0);
      for (const value of ms) {
        const bin = Math.floor((value - lowMs) / widthMs);
        if (own[bin] !== undefined) own[bin]++;
      }
      return { block, attempt, counts: own };
    }),
  };
}

/** Its latencies as measured, as many as are published; null where there are none. */
export function rawLatencies(traces: readonly LaunchTrace[]): RawLatencies | null {
  let left = MAX_RAW;
  let leftOut = 0;
  const launches = traces.map(({ block, attempt, warmupSamples, latenciesNs }) => {
    const taken = Array.from(latenciesNs.subarray(0, left));
    left -= taken.length;
    leftOut += latenciesNs.length - taken.length;
    return { block, attempt, warmupSamples, latenciesNs: taken };
  }).filter(({ latenciesNs }) => latenciesNs.length > 0);
  return launches.length === 0 ? null : { launches, leftOut };
}
