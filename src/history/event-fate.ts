import type { ChangeEvent, DatedChange, EventSeries } from '../domain/event.ts';
import type { Series } from '../domain/series.ts';
import type { SeriesChange } from '../stats/series-change.ts';
import { median } from '../stats/summary.ts';
import { positionOf, seriesName, type WatchedSeries } from './watched-series.ts';

// What a new change of a series is to an event that is there already:
//
// | the event is                    | its series is back at its old level  | its series makes another step | another series moves at about the same night |
// | suspected, no A/B yet           | ends it                              | an event of its own           | joins it; not a worse one an improvement     |
// | suspected with A/B, confirmed,  | ends it                              | an event of its own           | joins it only as another measure of the same |
// | refuted, acknowledged           |                                      |                               | thing at the same place; else of its own     |
// | fixed, or a case that broke     | an event of its own                  | an event of its own           | an event of its own                          |
//
// An improvement that ends is lost: unless it was refuted, that is a regression besides, told as any other.

/** The level is back when what is left of the change is below this share of it (or below the smallest change that counts). */
export const FIXED_SHARE = 0.35;
/** Nights before a change that its level is known by. */
const BEFORE_NIGHTS = 20;
/** Two metrics of one change are placed up to this many nights apart (twice the error of a place that `bench:detect` sees for small steps). */
const SAME_CHANGE_NIGHTS = 7;

/** A change of a series; `p` is null where what it had gained ended with its cause, and nobody nominated it. */
export type TakenChange = Omit<SeriesChange, 'p'> & { readonly p: number | null };

/** Whether the end of an event's series is for the worse. */
export function isGain(event: Pick<ChangeEvent, 'kind' | 'state'>): boolean {
  return event.kind === 'improved' && event.state !== 'refuted';
}

/** Whether a member is of the series and not over. */
export function isOwn(member: EventSeries, series: Pick<Series, 'key' | 'metric'>): boolean {
  return member.key === series.key && member.metric === series.metric && member.fixedBy === null;
}

/** Whether a change goes for the worse. */
export function isWorse({ rule }: Pick<WatchedSeries, 'rule'>, ratio: number): boolean {
  return (ratio > 1) === (rule.better === 'lower');
}

/** The event whose change of this series is over with this one: the level is back. Null where it is none's end. */
export function endedBy(events: readonly ChangeEvent[], { series, runIds, values, rule }: WatchedSeries, change: TakenChange): ChangeEvent | null {
  const event = events.findLast((one) => one.state !== 'fixed' && one.series.some((member) => isOwn(member, series)));
  const member = event?.series.findLast((one) => isOwn(one, series));
  if (event === undefined || member === undefined) return null;
  const [away, back] = [Math.log(member.ratio), Math.log(change.ratio)];
  // Medians of the nights themselves: a place that is one night off does not count.
  const began = positionOf(runIds, member.firstBad);
  const before = values.slice(Math.max(0, began - BEFORE_NIGHTS), Math.max(0, began));
  const left = before.length === 0 ? away + back : Math.log(median(values.slice(change.index)) / median(before));
  return Math.sign(away) === Math.sign(back) || Math.abs(left) > Math.max(Math.log1p(rule.minEffect), FIXED_SHARE * Math.abs(away)) ? null : event;
}

/** The event that a change is part of. Null when it is an event of its own. `changes`: what changed there. */
export function joinedBy(events: readonly ChangeEvent[], watched: WatchedSeries, change: TakenChange, changes: readonly DatedChange[]): ChangeEvent | null {
  const worse = isWorse(watched, change.ratio);
  return events.findLast((event) => {
    if (event.state === 'fixed' || event.kind === 'broke' || event.device !== watched.series.case.device) return false;
    if (event.series.some((member) => seriesName(member) === seriesName(watched.series) && member.firstBad !== watched.runIds[change.index])) return false;
    const place = positionOf(watched.runIds, event.firstBad);
    if (place < 0 || Math.abs(place - change.index) > SAME_CHANGE_NIGHTS || !isAbout(event, watched.series, change, changes)) return false;
    return event.state === 'suspected' && event.confirmation === null ? !(worse && event.kind === 'improved') : isSameThing(event, watched, change, worse);
  }) ?? null;
}

/** Whether an event is of the same case, of the device that moved as a whole, or of another case of the same model whose file changed to the same one. */
function isAbout(event: ChangeEvent, series: Series, change: TakenChange, changes: readonly DatedChange[]): boolean {
  if (event.cases.includes(series.key)) return true;
  if (event.scope === 'device') return event.series.some((member) => member.metric === series.metric && Math.sign(Math.log(member.ratio)) === Math.sign(Math.log(change.ratio)));
  const file = modelFile(changes);
  return file !== null && file === modelFile(event.changes) && event.cases.some((key) => sameModel(series, key));
}

function modelFile(changes: readonly DatedChange[]): string | null {
  return changes.find((change) => change.field === 'model')?.to ?? null;
}

/** `model/variant/…/device` of a key, without what else the case is. */
function sameModel(series: Series, key: string): boolean {
  return key.startsWith(`${series.case.model}/${series.case.variant}/`) && key.includes(`/${series.case.device}?`);
}

/** Whether a change is what somebody knows of already, in another measure: the same way, at a place that can be the same. */
function isSameThing(event: ChangeEvent, { series, runIds }: WatchedSeries, { earliest, latest }: TakenChange, worse: boolean): boolean {
  const [from, to] = [positionOf(runIds, event.earliest), positionOf(runIds, event.latest)];
  return from >= 0 && from <= latest && (to < 0 || to >= earliest) && event.series.some((member) => member.worse === worse && quantity(member.metric) === quantity(series.metric));
}

/** Latencies and samples per second are measures of one thing. */
function quantity(metric: string): string {
  return metric.startsWith('latency_') || metric === 'sps' ? 'latency' : metric;
}
