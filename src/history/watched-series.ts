import type { ChangeEvent } from '../domain/event.ts';
import type { Series } from '../domain/series.ts';
import type { WatchRule } from '../domain/watch.ts';
import type { LaunchInterval } from '../stats/launch-noise.ts';
import type { Store } from '../store/store.ts';

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

/** Reads a series for watching. Nights on which the device was not itself (`run\ndevice`) are left out. */
export function readWatched(store: Store, series: Series, rule: WatchRule, known: readonly string[], incidents: ReadonlySet<string>): WatchedSeries {
  const valid = store.history.validValues(series);
  const kept = valid.runIds.flatMap((runId, index) => (incidents.has(`${runId}\n${series.case.device}`) ? [] : [index]));
  const pick = <T>(list: readonly T[]): T[] => kept.flatMap((index) => list.slice(index, index + 1));
  const runIds = pick(valid.runIds);
  return {
    series, rule, runIds, values: pick(valid.values), intervals: pick(valid.intervals),
    known: [...new Set(known.map((runId) => positionOf(runIds, runId)).filter((at) => at > 0))].sort((a, b) => a - b),
  };
}

/** Position of a run among those of a series, or of the first after it where it is left out (a night that was marked as an incident later); -1 past the end. */
export function positionOf(runIds: readonly string[], runId: string): number {
  return runIds.findIndex((id) => id >= runId);
}
