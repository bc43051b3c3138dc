import { isDeepStrictEqual } from 'node:util';
import { caseKey } from '../domain/case.ts';
import { moved, type ChangeEvent, type EventSeries, type EventState } from '../domain/event.ts';
import type { Series } from '../domain/series.ts';
import type { WatchSettings } from '../domain/watch.ts';
import { watchRule } from '../domain/watch.ts';
import { shiftAround } from '../stats/shift-around.ts';
import type { Store } from '../store/store.ts';
import { watchVerdicts } from './broken.ts';
import { canaryCase } from './canary-suite.ts';
import { isDeviceShift } from './device-shift.ts';
import { endedBy, FIXED_SHARE, isGain, isOwn, isWorse, joinedBy, type TakenChange } from './event-fate.ts';
import { expectedBySuite } from './expected.ts';
import { incidentsOf } from './incidents.ts';
import { nominate, type Night } from './nominate.ts';
import { datedChanges } from './surroundings.ts';
import { isBack, isCauseGone, ratioWhile, returnedSince, undoneSince } from './undone.ts';
import { knownChanges, positionOf, readWatched, seriesName, type WatchedSeries } from './watched-series.ts';

/** What a night brought. */
export interface NightReport {
  readonly runId: string;
  /** New events. */
  readonly noticed: readonly ChangeEvent[];
  /** Regressions whose level is back, and cases that are ok again. */
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

/** Looks that are made without holding the store, before one is made that does. */
const FREE_LOOKS = 3;

/**
 * Judges every series of a finished run and stores what it finds as events, all or nothing. Safe to do again: what is known is not found again. A look is only stored while the
 * changes that it took as known are still those of the store: what another process told meanwhile would be told twice. What it found is owed from the same moment on, where
 * the run owes its news.
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
  /** The canaries' series on tonight's devices, where they have one. Nobody is told of those: a canary that drifts sets its device aside. */
  readonly canaries: readonly WatchedSeries[];
  readonly night: Night;
}

function readNight({ store, runId, settings }: WatchOptions): Look {
  const incidentOf = incidentsOf(store);
  const known = knownChanges(store.events.list());
  const read = (all: readonly Series[]): WatchedSeries[] => all.flatMap((series) => {
    const rule = watchRule(series.metric, series.case.scenario, settings.minEffect);
    return rule === null ? [] : [readWatched(store, series, rule, known.get(seriesName(series)) ?? [], incidentOf)];
  });
  const watched = read(store.history.series({ runId })).filter(({ runIds }) => runIds.includes(runId));
  const devices = new Set(watched.map(({ series }) => series.case.device));
  const canaries = [...devices].flatMap((device) => read(store.history.series({ key: caseKey(canaryCase(device)) })));
  return { known, watched, canaries, night: nominate(watched) };
}

function judge(options: WatchOptions, look: Look): NightReport {
  const report = new Watcher(options, look).report(look.night);
  const ids = (events: readonly ChangeEvent[]): string[] => events.map(({ id }) => id);
  const { noticed, fixed, reopened, withdrawn, judged, notJudged } = report;
  options.store.owedNews.update(options.runId, (owed) => ({ ...owed, findings: { noticed: ids(noticed), fixed: ids(fixed), reopened: ids(reopened), withdrawn: ids(withdrawn), judged, notJudged } }));
  return report;
}

/** What tonight says of the change that a member of an event has at a run; null where it says nothing of it. */
type Moves = (member: EventSeries, runId: string | null) => Night['moved'][number] | null;

function movesOf({ moved: all }: Night): Moves {
  const bySeries = Map.groupBy(all, ({ watched }) => seriesName(watched.series));
  return (member, runId) => (runId === null ? null : (bySeries.get(seriesName(member)) ?? []).find(({ watched, from }) => positionOf(watched.runIds, runId) === from) ?? null);
}

class Watcher {
  readonly #options: WatchOptions;
  readonly #watched: readonly WatchedSeries[];
  readonly #canaries: readonly WatchedSeries[];
  readonly #at: string;
  readonly #noticed = new Set<string>();
  readonly #fixed = new Set<string>();
  readonly #withdrawn = new Set<string>();

  constructor(options: WatchOptions, { watched, canaries }: Look) {
    this.#options = options;
    this.#watched = watched;
    this.#canaries = canaries;
    this.#at = options.now.toISOString();
  }

  report(night: Night): NightReport {
    const { store, runId, settings } = this.#options;
    const reopened = [...this.#reopen(), ...this.#comeBack()];
    this.#move(night);
    // The surest first: what others join is built around it.
    for (const nomination of [...night.nominations].sort((a, b) => a.change.p - b.change.p)) this.#take(nomination.watched, nomination.change);
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
      .map((event) => events.update(event.id, (now) => moved({ ...now, acknowledgement: null }, stateByItself(now), this.#at, 'the acknowledgement has run out')).id);
  }

  /** Confirmed changes that were over, and whose cause is there again. What somebody said of them was of what had been. */
  #comeBack(): string[] {
    const { store } = this.#options;
    const all = store.events.list();
    return all.flatMap((event, place) => {
      const { confirmation } = event;
      if (event.state !== 'fixed' || event.kind === 'improved' || confirmation?.outcome !== 'confirmed') return [];
      const back = new Map(event.series.flatMap((member) => {
        const isSuperseded = all.slice(place + 1).some((other) => other.series.some((one) => isOwn(one, member)));
        const watched = isSuperseded ? null : this.#watchedOf(member);
        const since = watched === null || member.fixedBy === null ? null : returnedSince(watched, store.history.casePoints(member.key), confirmation, { firstBad: member.firstBad, fixedBy: member.fixedBy });
        return since === null ? [] : [[seriesName(member), since] as const];
      }));
      const [since] = [...back.values()].sort();
      if (since === undefined) return [];
      return store.events.update(event.id, (now) => moved({
        ...now, acknowledgement: null, series: now.series.map((member) => (back.has(seriesName(member)) ? { ...member, fixedBy: null } : member)),
      }, 'confirmed', this.#at, `what caused it is back since run ${since}`)).id;
    });
  }

  /** Changes of level follow what tonight's data says of their place; a suspected one that it no longer shows is withdrawn. */
  #move(night: Night): void {
    const { store } = this.#options;
    const moves = movesOf(night);
    for (const event of store.events.list()) {
      let gone = 0;
      // The nights since a cause was put back would dilute what it did.
      const isOver = ({ key }: EventSeries): boolean => event.confirmation?.outcome === 'confirmed' && isCauseGone(store.history.casePoints(key), event.confirmation);
      const series = event.series.map((member): EventSeries => {
        if (member.p === null || (member.fixedBy === null && isOver(member))) return member;
        // A level that is over stays what it was: among the nights since, one of a few nights passes for spikes.
        const began = member.fixedBy === null ? moves(member, member.firstBad) : null;
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
  #placeOf({ series, runIds }: WatchedSeries, change: TakenChange): Pick<ChangeEvent, 'lastGood' | 'firstBad' | 'earliest' | 'latest' | 'changes'> | null {
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
      }, (since) => `what caused it is as it was since run ${since}${isGain(event) ? ': the improvement is gone' : ''}`);
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
      }, (last) => `${isGain(event) ? 'the improvement is gone' : 'the level is back'} since run ${last}`);
    }
  }

  #watchedOf(member: EventSeries): WatchedSeries | null {
    return this.#watched.find((one) => seriesName(one.series) === seriesName(member)) ?? null;
  }

  /** Marks the open series of an event that are back, and the event as fixed when none is left open. What an improvement loses so is taken as a change of its own. */
  #end(event: ChangeEvent, backSince: (member: EventSeries) => string | null, words: (since: string) => string): void {
    const ended = event.series.map((member) => (member.fixedBy === null ? { ...member, fixedBy: backSince(member) } : member));
    const newly = ended.filter(({ fixedBy }, index) => fixedBy !== null && event.series[index]?.fixedBy === null);
    const last = newly.flatMap(({ fixedBy }) => fixedBy ?? []).sort().at(-1);
    if (last === undefined) return;
    this.#close(event, ended, words(last));
    if (!isGain(event)) return;
    for (const member of newly) {
      const watched = this.#watchedOf(member);
      const index = watched === null || member.fixedBy === null ? -1 : positionOf(watched.runIds, member.fixedBy);
      const isTaken = this.#options.store.events.list().some((other) => other.id !== event.id && other.state !== 'fixed' && other.series.some((one) => isOwn(one, member)));
      if (watched !== null && index >= 0 && !isTaken) this.#tell(watched, { index, earliest: index, latest: index, ratio: 1 / member.ratio, p: null });
    }
  }

  /** Stores which series of an event are over. The event is with the last of them. */
  #close(event: ChangeEvent, series: readonly EventSeries[], words: string): void {
    const told = series.map((member, index) => {
      const watched = member.fixedBy === null || event.series[index]?.fixedBy !== null ? null : this.#watchedOf(member);
      return watched === null || member.fixedBy === null ? member : { ...member, ratio: ratioWhile(watched, member.firstBad, member.fixedBy) ?? member.ratio };
    });
    const left = series.filter(({ fixedBy }) => fixedBy === null).length;
    const text = left > 0 ? `${words}; ${left} of ${series.length} series are not back` : words;
    this.#options.store.events.update(event.id, (now) => moved({ ...now, series: told }, left === 0 ? 'fixed' : now.state, this.#at, text));
    if (left === 0 && event.kind !== 'improved' && event.state !== 'refuted') this.#fixed.add(event.id);
  }

  #take(watched: WatchedSeries, change: TakenChange): void {
    const ended = endedBy(this.#options.store.events.list(), watched, change);
    if (ended !== null) {
      const fixedBy = watched.runIds[change.index] ?? this.#options.runId;
      this.#close(ended, ended.series.map((member) => (isOwn(member, watched.series) ? { ...member, fixedBy } : member)), `${isGain(ended) ? 'the improvement is gone' : 'the level is back'} since run ${fixedBy}`);
    }
    if (ended === null || isGain(ended)) this.#tell(watched, change);
  }

  /** Makes a change part of the event that it belongs to, or an event of its own. */
  #tell(watched: WatchedSeries, change: TakenChange): void {
    const { store } = this.#options;
    const { series } = watched;
    const place = this.#placeOf(watched, change);
    if (place === null) return;
    const { firstBad, changes } = place;
    const worse = isWorse(watched, change.ratio);
    const member: EventSeries = { key: series.key, metric: series.metric, ratio: change.ratio, p: change.p, worse, firstBad, fixedBy: null };
    const joined = joinedBy(store.events.list(), watched, change, changes);
    if (joined !== null) {
      store.events.update(joined.id, (event) => ({
        ...event, cases: [...new Set([...event.cases, series.key])],
        series: [...event.series.filter((other) => seriesName(other) !== seriesName(member)), member],
      }));
      return;
    }
    const along = isDeviceShift(watched, change, this.#watched, this.#canaries) ? this.#movedAlong(watched, change, firstBad) : null;
    const startedAt = store.run(firstBad)?.startedAt ?? this.#at;
    const acknowledgement = expectedBySuite(series, startedAt, this.#options.settings.expected, this.#at);
    const run = store.run(this.#options.runId);
    const event = store.events.add({
      scope: along === null ? 'case' : 'device', suite: series.suite, device: series.case.device, ...(series.case.emulated === true ? { emulated: true } : {}), kind: worse ? 'regressed' : 'improved',
      state: acknowledgement === null ? 'suspected' : 'acknowledged', noticed: this.#options.runId, noticedAt: run?.startedAt ?? this.#at,
      ...place, cases: [...new Set([series.key, ...(along ?? []).map(({ key }) => key)])], series: [member, ...(along ?? [])],
      confirmation: null, acknowledgement,
      log: [{ at: this.#at, text: acknowledgement === null ? 'noticed' : `noticed; expected by the suite: ${acknowledgement.why}` }],
    });
    this.#noticed.add(event.id);
  }

  /** Series of the device that went the same way at the same night: one alert is enough for all. */
  #movedAlong(watched: WatchedSeries, change: TakenChange, firstBad: string): EventSeries[] {
    return this.#watched.flatMap((other) => {
      const { series } = other;
      if (series.case.device !== watched.series.case.device || series.metric !== watched.series.metric || series.key === watched.series.key) return [];
      const at = positionOf(other.runIds, firstBad);
      const shift = at < 0 ? null : shiftAround(other.values, at);
      if (shift === null || shift / Math.log(change.ratio) < FIXED_SHARE) return [];
      return [{ key: series.key, metric: series.metric, ratio: Math.exp(shift), p: null, worse: isWorse(other, Math.exp(shift)), firstBad: other.runIds[at] ?? firstBad, fixedBy: null }];
    });
  }
}

/** The state of an event that nobody has acknowledged. */
function stateByItself({ confirmation }: ChangeEvent): EventState {
  return confirmation === null || confirmation.outcome === 'cannot-reproduce' ? 'suspected' : confirmation.outcome;
}
