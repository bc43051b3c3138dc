import { environmentChanges, type EnvironmentChange } from '../domain/environment.ts';
import type { Confirmation } from '../domain/event.ts';
import { type CasePoint, validPoints } from '../domain/series.ts';
import { median } from '../stats/summary.ts';
import { positionOf, type WatchedSeries } from './watched-series.ts';

/** Nights with the old cause again before it is taken as put back: one odd night decides nothing. */
const LEAST_NIGHTS = 3;
/** Nights before a change that its level is known by. */
const BEFORE_NIGHTS = 20;

/**
 * What a confirmed cause was for this case: the same fields with the case's own values between the two nights of the A/B, which may have been of another case. Empty where
 * not all of them changed here: the cause is then none of this case's.
 */
function causeHere(points: readonly CasePoint[], { base, head, cause }: Confirmation): readonly EnvironmentChange[] {
  const valid = validPoints(points);
  const [was, is] = [base, head].map((runId) => valid.findLast((point) => point.runId <= runId)?.environment ?? null);
  const changed = was === undefined || was === null || is === undefined || is === null ? [] : environmentChanges(was, is);
  const here = cause.flatMap(({ field }) => changed.find((change) => change.field === field) ?? []);
  return here.length < cause.length ? [] : here;
}

/** The latest valid nights that all have what stood before (`from`) or after (`to`) the cause, in order; none where tonight has not. */
function nightsWith(side: 'from' | 'to', points: readonly CasePoint[], cause: readonly EnvironmentChange[]): readonly CasePoint[] {
  const valid = validPoints(points);
  return valid.slice(valid.findLastIndex(({ environment }) => !cause.every((change) => environment?.[change.field] === change[side])) + 1);
}

/** Whether tonight has again what stood before what an A/B has shown to be the cause: what the series is now says nothing of the change. */
export function isCauseGone(points: readonly CasePoint[], confirmation: Confirmation): boolean {
  const cause = causeHere(points, confirmation);
  return cause.length > 0 && nightsWith('from', points, cause).length > 0;
}

/**
 * The run since which what an A/B has shown to be the cause is as it was, with the series nearer to its old level than to the new one. The A/B having said what this file or
 * setting makes of the case, three nights tell that it is gone, however long noise would hide the step back. Null where it is not so.
 */
export function undoneSince(watched: WatchedSeries, points: readonly CasePoint[], confirmation: Confirmation, firstBad: string): string | null {
  const cause = causeHere(points, confirmation);
  const without = cause.length === 0 ? [] : nightsWith('from', points, cause);
  const since = without.length < LEAST_NIGHTS ? null : (without[0]?.runId ?? null);
  return since !== null && isBack(watched, firstBad, since) ? since : null;
}

/**
 * The run since which the cause of a change that was over is there again, with the series nearer to the level that it had then than to the one before. Three nights tell, as they did of its end: of few good
 * nights between bad ones the detector sees no level. Null where it is not so.
 */
export function returnedSince(watched: WatchedSeries, points: readonly CasePoint[], confirmation: Confirmation, { firstBad, fixedBy }: { readonly firstBad: string; readonly fixedBy: string }): string | null {
  const cause = causeHere(points, confirmation);
  const again = cause.length === 0 ? [] : nightsWith('to', points, cause).filter(({ runId }) => runId > fixedBy);
  const since = again.length < LEAST_NIGHTS ? null : (again[0]?.runId ?? null);
  const levels = since === null ? null : levelsAround(watched, firstBad, fixedBy, since);
  if (levels === null) return null;
  const [before, during, now] = levels;
  return Math.abs(now - during) < Math.abs(now - before) ? since : null;
}

/** Levels of a series, as logarithms: before `firstBad`, from there to `end`, and from `since` on. Null where one of them has no night. */
function levelsAround({ runIds, values }: WatchedSeries, firstBad: string, end: string, since = end): readonly [number, number, number] | null {
  if (end <= firstBad) return null;
  const [began, over, back] = [positionOf(runIds, firstBad), positionOf(runIds, end), positionOf(runIds, since)];
  const levels = [values.slice(Math.max(0, began - BEFORE_NIGHTS), began), values.slice(began, over), values.slice(back)];
  if (began < 0 || over < 0 || back < 0 || levels.some((level) => level.length === 0)) return null;
  const [before = 0, during = 0, now = 0] = levels.map((level) => Math.log(median(level)));
  return [before, during, now];
}

/** Whether a series is nearer to its level before `firstBad` than to the one from there to `since`. */
export function isBack(watched: WatchedSeries, firstBad: string, since: string): boolean {
  const [before, during, now] = levelsAround(watched, firstBad, since) ?? [0, 0, 1];
  return Math.abs(now - before) < Math.abs(now - during);
}

/** What a change that is over was: the level from `firstBad` to `since` over the one before, without the nights since. Null where one of them has no night. */
export function ratioWhile(watched: WatchedSeries, firstBad: string, since: string): number | null {
  const levels = levelsAround(watched, firstBad, since);
  return levels === null ? null : Math.exp(levels[1] - levels[0]);
}
