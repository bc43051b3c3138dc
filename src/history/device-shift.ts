import { MIN_OTHERS, movedTogether } from '../stats/moved-together.ts';
import { shiftAround } from '../stats/shift-around.ts';
import { median } from '../stats/summary.ts';
import { positionOf, type WatchedSeries } from './watched-series.ts';

/** What a device does to models. Files, memory and quality are the model's own. */
const DEVICE_METRICS: ReadonlySet<string> = new Set(['latency_p50', 'latency_p90', 'latency_p99', 'latency_undisturbed', 'sps', 'init_time', 'first_inference', 'power_avg', 'energy_per_inference']);

function shiftAtRun(watched: WatchedSeries, runId: string): number | null {
  const at = positionOf(watched.runIds, runId);
  return at < 0 ? null : shiftAround(watched.values, at);
}

/**
 * Whether the other models of the device moved with the one that changed. `others`: series that are watched tonight, of any device. `canaries`: those of the canaries, which stand
 * in for models where a device has too few: a canary may feel less than others of what slows a device (it runs on the CPU), so that it says nothing against many.
 */
export function isDeviceShift({ series, runIds }: WatchedSeries, change: { readonly index: number; readonly ratio: number }, others: readonly WatchedSeries[], canaries: readonly WatchedSeries[]): boolean {
  const firstBad = runIds[change.index];
  if (firstBad === undefined || !DEVICE_METRICS.has(series.metric)) return false;
  const isHere = (other: WatchedSeries): boolean => other.series.metric === series.metric && other.series.case.device === series.case.device;
  const shiftsOf = (all: readonly WatchedSeries[]): number[] => all.map((other) => shiftAtRun(other, firstBad)).filter((shift) => shift !== null);
  const same = others.filter((other) => isHere(other) && other.series.case.model !== series.case.model);
  const shifts = [...Map.groupBy(same, (other) => other.series.case.model).values()].flatMap((ofModel) => {
    const known = shiftsOf(ofModel);
    return known.length === 0 ? [] : [median(known)];
  });
  return movedTogether(Math.log(change.ratio), [...shifts, ...(shifts.length < MIN_OTHERS ? shiftsOf(canaries.filter(isHere)) : [])]);
}
