import type { ChangeEvent } from '../domain/event.ts';
import type { Series } from '../domain/series.ts';
import type { WatchRule } from '../domain/watch.ts';
import type { LaunchInterval } from '../stats/launch-noise.ts';
import type { Store } from '../store/store.ts';
import type { IncidentOf } from './incidents.ts';

/** A series with its valid nights, oldest first, and what is known of it. */
export interface WatchedSeries {
  readonly series: Series;
  readonly rule: WatchRule;
  readonly runIds: readonly string[];
  readonly values: readonly number[];
  readonly intervals: readonly (LaunchInterval | null)[];
  /** Positions where earlier events put a change, ascending. */
  readonly known: readonly number[];
}

/** A name for a series that is the same in every store. */
export function seriesName({ key, metric }: { readonly key: string; readonly metric: string }): string {
  return `${key}\n${metric}`;
}

/** Runs at which events changed the level of each series, by series name. */
export function knownChanges(events: readonly ChangeEvent[]): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, string[]>();
  for (const event of events) {
    for (const member of event.series) {
      const name = seriesName(member);
      known.set(name, [...(known.get(name) ?? []), member.firstBad, ...(member.fixedBy === null ? [] : [member.fixedBy])]);
    }
  }
  return known;
}

/** No errors at all is a good night, though no ratio leads to it or away: it counts as half the least rate that the series has ever had, so that a change from it or to it has a size. */
function withoutZeros(metric: string, values: readonly number[]): readonly number[] {
  if (!metric.startsWith('quality_') || !values.includes(0)) return values;
  const least = values.filter((value) => value > 0).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return values.map((value) => (value === 0 ? (Number.isFinite(least) ? least / 2 : 1) : value));
}

/** Reads a series for watching. Nights on which the device was not itself are left out, and values of which there is no ratio. */
export function readWatched(store: Store, series: Series, rule: WatchRule, known: readonly string[], incidentOf: IncidentOf): WatchedSeries {
  const valid = store.history.validValues(series);
  const values = withoutZeros(series.metric, valid.values);
  const kept = valid.runIds.flatMap((runId, index) => (incidentOf(series, runId) !== null || !((values[index] ?? 0) > 0) ? [] : [index]));
  const pick = <T>(list: readonly T[]): T[] => kept.flatMap((index) => list.slice(index, index + 1));
  const runIds = pick(valid.runIds);
  return {
    series, rule, runIds, values: pick(values), intervals: pick(valid.intervals),
    known: [...new Set(known.map((runId) => positionOf(runIds, runId)).filter((at) => at > 0))].sort((a, b) => a - b),
  };
}

/** Position of a run among those of a series, or of the first after it where it is left out (a night that was marked as an incident later); -1 past the end. */
export function positionOf(runIds: readonly string[], runId: string): number {
  return runIds.findIndex((id) => id >= runId);
}
