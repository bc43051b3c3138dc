import type { Case } from '../domain/case.ts';
import { moved, type ChangeEvent } from '../domain/event.ts';
import type { CasePoint, PointState } from '../domain/series.ts';
import type { WatchSettings } from '../domain/watch.ts';
import type { Store } from '../store/store.ts';
import { expectedBySuite } from './expected.ts';
import { datedChanges } from './surroundings.ts';

const RAN: ReadonlySet<PointState> = new Set(['ok', 'invalid', 'failed', 'unsupported']);
/** A gate may shut on one odd night: `invalid` says something from the second night on. */
const INVALID_NIGHTS = 2;
/** This many cases of a device that break in one night, and most of those that it was to run, are the device's doing. */
const DEVICE_CASES = 3;
const DEVICE_SHARE = 0.6;

/** A case that the last two weeks' plans had not is taken out of its suite; one night may be of chosen cases. */
const LEFT_OUT_NIGHTS = 14;

interface Broken {
  readonly key: string;
  readonly case: Case;
  readonly suite: string;
  readonly lastGood: CasePoint;
  readonly firstBad: CasePoint;
  readonly points: readonly CasePoint[];
}

/**
 * Since which night a case is not `ok` any more, when that is to be told tonight: it failed, or is invalid as it was the last time that it ran. However many nights in between
 * nobody watched: whether an event tells it already is the caller's to see.
 */
function brokenAt(points: readonly CasePoint[], runId: string): { readonly lastGood: CasePoint; readonly firstBad: CasePoint } | null {
  const all = points.filter((point) => RAN.has(point.state));
  const ran = all.slice(0, all.findIndex((point) => point.runId === runId) + 1);
  const lastGoodAt = ran.findLastIndex((point) => point.state === 'ok');
  const [lastGood, firstBad] = [ran[lastGoodAt], ran[lastGoodAt + 1]];
  if (lastGood === undefined || firstBad === undefined) return null;
  return ran.at(-1)?.state === 'invalid' && ran.length - 1 - lastGoodAt < INVALID_NIGHTS ? null : { lastGood, firstBad };
}

/** Why a case keeps no event open any more: it is ok again, or the suite has left it out for as long as decides; null where it does. */
function endOf(points: readonly CasePoint[], { firstBad }: ChangeEvent): 'ok' | 'left-out' | null {
  const last = points.findLast((point) => RAN.has(point.state));
  if (last?.state === 'ok' && last.runId > firstBad) return 'ok';
  const planned = points.findLastIndex((point) => point.state !== 'not-run');
  return points.length - 1 - planned >= LEFT_OUT_NIGHTS ? 'left-out' : null;
}

function brokenEvent(all: readonly Broken[], runId: string, noticedAt: string, at: string): Omit<ChangeEvent, 'id'> | null {
  const [first] = all;
  if (first === undefined) return null;
  const { lastGood, firstBad, case: { device, emulated }, suite, points } = first;
  return {
    scope: all.length > 1 ? 'device' : 'case', suite, device, ...(emulated === true ? { emulated } : {}), kind: 'broke', state: 'suspected', noticed: runId, noticedAt,
    lastGood: lastGood.runId, firstBad: firstBad.runId, earliest: firstBad.runId, latest: firstBad.runId, cases: all.map(({ key }) => key), series: [],
    changes: [...datedChanges(points, lastGood.runId, firstBad.runId)], confirmation: null, acknowledgement: null,
    log: [{ at, text: `noticed: ${firstBad.state}${firstBad.reason === null ? '' : `: ${firstBad.reason}`}` }],
  };
}

/** Cases that were `ok` and no longer are become events; such events end when their cases are `ok` again. Gives the ids of both. */
export function watchVerdicts(store: Store, runId: string, settings: WatchSettings, at: string): { readonly broke: readonly string[]; readonly mended: readonly string[] } {
  const open = store.events.list().filter((event) => event.kind === 'broke' && event.state !== 'fixed');
  const noticedAt = store.run(runId)?.startedAt ?? at;
  const suite = store.run(runId)?.suite ?? '';
  const states = store.history.states(runId);
  const broken: Broken[] = [];
  const ranOn = new Map<string, number>();
  for (const { key, case: c } of store.plannedCases(runId)) {
    const status = states.get(key) ?? 'skipped';
    if (status === 'skipped') continue;
    ranOn.set(c.device, (ranOn.get(c.device) ?? 0) + 1);
    if (status === 'ok' || open.some((event) => event.cases.includes(key))) continue;
    const points = store.history.casePoints(key);
    const found = brokenAt(points, runId);
    if (found !== null) broken.push({ key, case: store.history.series({ key })[0]?.case ?? c, suite, points, ...found });
  }
  const broke: string[] = [];
  for (const [device, all] of Map.groupBy(broken, (one) => one.case.device)) {
    const together = all.length >= DEVICE_CASES && all.length >= DEVICE_SHARE * (ranOn.get(device) ?? 0);
    for (const group of together ? [all] : all.map((one) => [one])) {
      const event = brokenEvent(group, runId, noticedAt, at);
      const [first] = group;
      if (event === null || first === undefined) continue;
      const acknowledgement = expectedBySuite({ case: first.case, metric: 'verdict' }, noticedAt, settings.expected, at);
      broke.push(store.events.add({ ...event, acknowledgement, state: acknowledgement === null ? 'suspected' : 'acknowledged' }).id);
    }
  }
  const mended = open.flatMap((event) => {
    if (event.suite !== suite) return [];
    // Each case by the last night on which it ran: a night of few cases says nothing of the others.
    const ends = event.cases.map((key) => endOf(store.history.casePoints(key), event));
    if (ends.includes(null)) return [];
    const isMended = ends.includes('ok');
    const ended = store.events.update(event.id, (now) => moved(now, 'fixed', at, isMended ? `ok again in run ${runId}` : `no longer in the suite's plan as of run ${runId}`));
    return isMended && event.state !== 'refuted' ? [ended.id] : [];
  });
  return { broke, mended };
}
