import { movedTogether } from '../stats/moved-together.ts';
import { shiftAround } from '../stats/shift-around.ts';
import { median } from '../stats/summary.ts';
import { positionOf, type WatchedSeries } from './watched-series.ts';

/** What a device does to models. Files, memory and quality are the model's own. */
const DEVICE_METRICS: ReadonlySet<string> = new Set(['latency_p50', 'latency_p90', 'latency_p99', 'latency_undisturbed', 'sps', 'init_time', 'first_inference', 'power_avg', 'energy_per_inference']);

function shiftAtRun(watched: WatchedSeries, runId: string): number | null {
  const at = positionOf(watched.runIds, runId);
  return at < 0 ? null : shiftAround(watched.values, at);
}

/** Whether the other models of the device moved with the one that changed. `others`: series of the same device, known to be watched tonight. */
export function isDeviceShift({ series, runIds }: WatchedSeries, change: { readonly index: number; readonly ratio: number }, others: readonly WatchedSeries[]): boolean {
  const firstBad = runIds[change.index];
  if (firstBad === undefined || !DEVICE_METRICS.has(series.metric)) return false;
  const same = others.filter((other) => other.series.metric === series.metric && other.series.case.device === series.case.device && other.series.case.model !== series.case.model);
  const shifts = [...Map.groupBy(same, (other) => other.series.case.model).values()].flatMap((ofModel) => {
    const known = ofModel.map((other) => shiftAtRun(other, firstBad)).filter((shift) => shift !== null);
    return known.length === 0 ? [] : [median(known)];
  });
  return movedTogether(Math.log(change.ratio), shifts);
}
