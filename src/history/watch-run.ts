import { isDeepStrictEqual } from 'node:util';
import { isOpen, moved, type ChangeEvent, type EventSeries } from '../domain/event.ts';
import type { WatchSettings } from '../domain/watch.ts';
import { watchRule } from '../domain/watch.ts';
import { shiftAround } from '../stats/shift-around.ts';
import type { SeriesChange } from '../stats/series-change.ts';
import { median } from '../stats/summary.ts';
import type { Store } from '../store/store.ts';
import { watchVerdicts } from './broken.ts';
import { isDeviceShift } from './device-shift.ts';
import { expectedBySuite } from './expected.ts';
import { eventOf } from './join.ts';
import { nominate, type Night, type Nomination } from './nominate.ts';
import { datedChanges } from './surroundings.ts';
import { isBack, undoneSince } from './undone.ts';
import { knownChanges, positionOf, readWatched, seriesName, type WatchedSeries } from './watched-series.ts';

/** What a night brought. */
export interface NightReport {
  readonly runId: string;
  /** New events. */
  readonly noticed: readonly ChangeEvent[];
  /** Events whose level is back. */
  readonly fixed: readonly ChangeEvent[];
  /** Acknowledged ones whose day has come, back where they were. */
  readonly reopened: readonly ChangeEvent[];
  /** Suspected ones that later nights took back. */
  readonly withdrawn: readonly ChangeEvent[];
  readonly judged: number;
  readonly notJudged: number;
}

export interface WatchOptions {
  readonly store: Store;
  readonly runId: string;
  readonly settings: WatchSettings;
  readonly now: Date;
}

/** A suspected change is taken back when later nights leave it this likely to be noise. */
const WITHDRAWN_P = 0.05;
/** The level is back when what is left of the change is below this share of it (or below the smallest change that counts). */
const FIXED_SHARE = 0.35;
/** Nights before a change that its level is known by. */
const BEFORE_NIGHTS = 20;

/** Looks that are made without holding the store, before one is made that does. */
const FREE_LOOKS = 3;

/**
 * Judges every series of a finished run and stores what it finds as events, all or nothing. Safe to do again: what is known is not found again. A look is only stored while the
 * changes that it took as known are still those of the store: what another process told meanwhile would be told twice.
 */
export function watchRun(options: WatchOptions): NightReport {
  const { events } = options.store;
  for (let look = 0; look < FREE_LOOKS; look++) {
    const seen = readNight(options);
    const report = events.together(() => (isDeepStrictEqual(knownChanges(events.list()), seen.known) ? judge(options, seen) : null));
    if (report !== null) return report;
  }
  return events.together(() => judge(options, readNight(options)));
}

interface Look {
  readonly known: ReadonlyMap<string, readonly string[]>;
  readonly watched: readonly WatchedSeries[];
  readonly night: Night;
}

function readNight({ store, runId, settings }: WatchOptions): Look {
  const incidents = new Set(store.events.incidentNights().map((night) => `${night.runId}\n${night.device}`));
  const known = knownChanges(store.events.list());
  const watched = store.history.series({ runId }).flatMap((series) => {
    const rule = watchRule(series.metric, series.case.scenario, settings.minEffect);
    if (rule === null) return [];
    const one = readWatched(store, series, rule, known.get(seriesName(series)) ?? [], incidents);
    return one.runIds.includes(runId) ? [one] : [];
  });
  return { known, watched, night: nominate(watched) };
}

function judge(options: WatchOptions, { watched, night }: Look): NightReport {
  return new Watcher(options, watched).report(night);
}

/** What tonight says of the change that a member of an event has at a run; null where it says nothing of it. */
type Moves = (member: EventSeries, runId: string | null) => Night['moved'][number] | null;

function movesOf({ moved: all }: Night): Moves {
  const bySeries = new Map<string, Night['moved'][number][]>();
  for (const one of all) bySeries.set(seriesName(one.watched.series), [...(bySeries.get(seriesName(one.watched.series)) ?? []), one]);
  return (member, runId) => (runId === null ? null : (bySeries.get(seriesName(member)) ?? []).find(({ watched, from }) => positionOf(watched.runIds, runId) === from) ?? null);
}

class Watcher {
  readonly #options: WatchOptions;
  readonly #watched: readonly WatchedSeries[];
  readonly #at: string;
  readonly #noticed = new Set<string>();
  readonly #fixed = new Set<string>();
  readonly #withdrawn = new Set<string>();

  constructor(options: WatchOptions, watched: readonly WatchedSeries[]) {
    this.#options = options;
    this.#watched = watched;
    this.#at = options.now.toISOString();
  }

  report(night: Night): NightReport {
    const { store, runId, settings } = this.#options;
    const reopened = this.#reopen();
    this.#move(night);
    // The surest first: what others join is built around it.
    for (const nomination of [...night.nominations].sort((a, b) => a.change.p - b.change.p)) this.#take(nomination);
    this.#endUndone();
    this.#endAlong();
    const verdicts = watchVerdicts(store, runId, settings, this.#at);
    const events = (ids: Iterable<string>): ChangeEvent[] => [...ids].map((id) => store.events.get(id)).filter((event) => event !== null);
    return {
      runId, noticed: events([...this.#noticed, ...verdicts.broke]), fixed: events([...this.#fixed, ...verdicts.mended]), reopened: events(reopened),
      withdrawn: events(this.#withdrawn), judged: night.judged, notJudged: night.notJudged,
    };
  }

  /** Acknowledgements that have run out. */
  #reopen(): string[] {
    const { events } = this.#options.store;
    return events.list({ states: ['acknowledged'] }).filter(({ acknowledgement }) => (acknowledgement?.until ?? null) !== null && (acknowledgement?.until ?? '') < this.#at)
      .map((event) => events.update(event.id, (now) => moved({ ...now, acknowledgement: null }, now.confirmation?.outcome === 'confirmed' ? 'confirmed' : 'suspected', this.#at, 'the acknowledgement has run out')).id);
  }

  /** Changes of level follow what tonight's data says of their place; a suspected one that it no longer shows is withdrawn. */
  #move(night: Night): void {
    const { store } = this.#options;
    const moves = movesOf(night);
    for (const event of store.events.list()) {
      let gone = 0;
      const series = event.series.map((member): EventSeries => {
        if (member.p === null) return member;
        const began = moves(member, member.firstBad);
        const ended = moves(member, member.fixedBy);
        if (began !== null && began.change.p > WITHDRAWN_P && Math.abs(Math.log(began.change.ratio)) < Math.log1p(began.watched.rule.minEffect)) gone++;
        return {
          ...member,
          ...(began === null ? {} : { ratio: began.change.ratio, firstBad: began.watched.runIds[began.change.index] ?? member.firstBad }),
          ...(ended === null ? {} : { fixedBy: ended.watched.runIds[ended.change.index] ?? member.fixedBy }),
        };
      });
      const judged = event.series.filter((member) => member.p !== null).length;
      if (event.state === 'suspected' && judged > 0 && gone === judged) this.#withdrawn.add(store.events.update(event.id, (now) => moved(now, 'refuted', this.#at, 'later nights show no change')).id);
      else if (JSON.stringify(series) !== JSON.stringify(event.series)) store.events.update(event.id, (now) => ({ ...now, series }));
      this.#replace(event, moves);
    }
  }

  /** The place of an event that nothing was made of yet is that of its surest series, as tonight's data puts it, and so is what changed there. */
  #replace(event: ChangeEvent, moves: Moves): void {
    if (event.state !== 'suspected' || event.confirmation !== null) return;
    const [surest] = event.series.flatMap((member) => moves(member, member.firstBad) ?? []).sort((a, b) => a.change.p - b.change.p);
    if (surest === undefined) return;
    const place = this.#placeOf(surest.watched, surest.change);
    const isKnown = place === null || (['lastGood', 'firstBad', 'earliest', 'latest'] as const).every((field) => place[field] === event[field]);
    if (!isKnown) this.#options.store.events.update(event.id, (now) => ({ ...now, ...place }));
  }

  /** The runs about a change, and what changed there. Null where there is none before it. */
  #placeOf({ series, runIds }: WatchedSeries, change: SeriesChange): Pick<ChangeEvent, 'lastGood' | 'firstBad' | 'earliest' | 'latest' | 'changes'> | null {
    const [lastGood, firstBad, earliest, latest] = [change.index - 1, change.index, change.earliest, change.latest].map((at) => runIds[Math.max(0, at)]);
    if (lastGood === undefined || firstBad === undefined || earliest === undefined || latest === undefined) return null;
    const before = runIds[Math.max(0, change.earliest - 1)] ?? lastGood;
    return { lastGood, firstBad, earliest, latest, changes: [...datedChanges(this.#options.store.history.casePoints(series.key), before, latest)] };
  }

  /** Confirmed changes end when what an A/B has shown to be their cause is put back: each series by its own nights, and the event with the last of them. */
  #endUndone(): void {
    const { store } = this.#options;
    for (const event of store.events.list({ states: ['confirmed', 'acknowledged'] })) {
      const { confirmation } = event;
      if (confirmation?.outcome !== 'confirmed') continue;
      this.#end(event, (member) => {
        const watched = this.#watchedOf(member);
        return watched === null ? null : undoneSince(watched, store.history.casePoints(member.key), confirmation, member.firstBad);
      }, (since) => `what caused it is as it was since run ${since}`);
    }
  }

  /** Series that moved along with their device are nominated by nobody: once all that were are back, each of them ends with its own level. */
  #endAlong(): void {
    for (const event of this.#options.store.events.list({ states: ['suspected', 'confirmed', 'refuted', 'acknowledged'] })) {
      const since = event.series.flatMap(({ p, fixedBy }) => (p === null || fixedBy === null ? [] : [fixedBy])).sort().at(-1);
      if (since === undefined || event.series.some(({ p, fixedBy }) => p !== null && fixedBy === null)) continue;
      this.#end(event, (member) => {
        const watched = this.#watchedOf(member);
        return watched !== null && isBack(watched, member.firstBad, since) ? since : null;
      }, (last) => `the level is back since run ${last}`);
    }
  }

  #watchedOf(member: EventSeries): WatchedSeries | null {
    return this.#watched.find((one) => seriesName(one.series) === seriesName(member)) ?? null;
  }

  /** Marks the open series of an event that are back, and the event as fixed when none is left open. */
  #end(event: ChangeEvent, backSince: (member: EventSeries) => string | null, words: (since: string) => string): void {
    const series = event.series.map((member) => (member.fixedBy === null ? { ...member, fixedBy: backSince(member) } : member));
    const [last] = series.flatMap(({ fixedBy }, index) => (fixedBy === null || event.series[index]?.fixedBy !== null ? [] : [fixedBy])).sort().reverse();
    if (last === undefined) return;
    const left = series.filter(({ fixedBy }) => fixedBy === null).length;
    const { events } = this.#options.store;
    if (left === 0) {
      events.update(event.id, (now) => moved({ ...now, series }, 'fixed', this.#at, words(last)));
      if (event.state !== 'refuted') this.#fixed.add(event.id);
    } else events.update(event.id, (now) => moved({ ...now, series }, now.state, this.#at, `${words(last)}; ${left} of ${series.length} series are not back`));
  }

  #take(nomination: Nomination): void {
    const { store } = this.#options;
    const { watched: { series, runIds, rule }, change } = nomination;
    if (this.#endsOne(nomination)) return;
    const place = this.#placeOf(nomination.watched, change);
    if (place === null) return;
    const { firstBad, changes } = place;
    const worse = (change.ratio > 1) === (rule.better === 'lower');
    const member: EventSeries = { key: series.key, metric: series.metric, ratio: change.ratio, p: change.p, worse, firstBad, fixedBy: null };
    const joined = eventOf(store.events.list(), series, { runIds, index: change.index, ratio: change.ratio }, changes);
    if (joined !== null) {
      store.events.update(joined.id, (event) => ({
        ...event, kind: worse ? 'regressed' : event.kind, cases: [...new Set([...event.cases, series.key])],
        series: [...event.series.filter((other) => seriesName(other) !== seriesName(member) || other.firstBad !== firstBad), member],
      }));
      return;
    }
    const along = isDeviceShift(nomination, this.#watched) ? this.#movedAlong(nomination, firstBad) : null;
    const startedAt = store.run(firstBad)?.startedAt ?? this.#at;
    const acknowledgement = expectedBySuite(series, startedAt, this.#options.settings.expected, this.#at);
    const run = store.run(this.#options.runId);
    const event = store.events.add({
      scope: along === null ? 'case' : 'device', suite: series.suite, device: series.case.device, kind: worse ? 'regressed' : 'improved',
      state: acknowledgement === null ? 'suspected' : 'acknowledged', noticed: this.#options.runId, noticedAt: run?.startedAt ?? this.#at,
      ...place, cases: [...new Set([series.key, ...(along ?? []).map(({ key }) => key)])], series: [member, ...(along ?? [])],
      confirmation: null, acknowledgement,
      log: [{ at: this.#at, text: acknowledgement === null ? 'noticed' : `noticed; expected by the suite: ${acknowledgement.why}` }],
    });
    this.#noticed.add(event.id);
  }

  /** Series of the device that went the same way at the same night: one alert is enough for all. */
  #movedAlong({ watched, change }: Nomination, firstBad: string): EventSeries[] {
    return this.#watched.flatMap((other) => {
      const { series, rule } = other;
      if (series.case.device !== watched.series.case.device || series.metric !== watched.series.metric || series.key === watched.series.key) return [];
      const at = other.runIds.findIndex((runId) => runId >= firstBad);
      const shift = at < 0 ? null : shiftAround(other.values, at);
      if (shift === null || shift / Math.log(change.ratio) < FIXED_SHARE) return [];
      return [{ key: series.key, metric: series.metric, ratio: Math.exp(shift), p: null, worse: (shift > 0) === (rule.better === 'lower'), firstBad: other.runIds[at] ?? firstBad, fixedBy: null }];
    });
  }

  /** A change that brings the level back ends the event that took it away. */
  #endsOne({ watched: { series, runIds, rule, values }, change }: Nomination): boolean {
    const { store } = this.#options;
    const isOwn = (member: EventSeries): boolean => member.key === series.key && member.metric === series.metric && member.fixedBy === null;
    const event = store.events.list().findLast((one) => one.series.some(isOwn) && one.state !== 'fixed');
    const member = event?.series.findLast(isOwn);
    if (event === undefined || member === undefined) return false;
    const [away, back] = [Math.log(member.ratio), Math.log(change.ratio)];
    // Medians of the nights themselves: a place that is one night off does not count.
    const began = runIds.indexOf(member.firstBad);
    const before = values.slice(Math.max(0, began - BEFORE_NIGHTS), Math.max(0, began));
    const left = before.length === 0 ? away + back : Math.log(median(values.slice(change.index)) / median(before));
    if (Math.sign(away) === Math.sign(back) || Math.abs(left) > Math.max(Math.log1p(rule.minEffect), FIXED_SHARE * Math.abs(away))) return false;
    const fixedBy = runIds[change.index] ?? this.#options.runId;
    const ended = store.events.update(event.id, (now) => {
      const members = now.series.map((each) => (isOwn(each) ? { ...each, fixedBy } : each));
      const lasting = members.filter((each) => each.fixedBy === null);
      const changed = { ...now, series: members };
      return lasting.length > 0 ? changed : moved(changed, 'fixed', this.#at, `the level is back since run ${fixedBy}`);
    });
    if (ended.state === 'fixed' && (isOpen(event) || event.state === 'acknowledged')) this.#fixed.add(ended.id);
    return true;
  }
}
