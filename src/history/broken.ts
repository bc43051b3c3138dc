import type { Case } from '../domain/case.ts';
import { isOpen, moved, type ChangeEvent } from '../domain/event.ts';
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

interface Broken {
  readonly key: string;
  readonly case: Case;
  readonly suite: string;
  readonly lastGood: CasePoint;
  readonly firstBad: CasePoint;
  readonly points: readonly CasePoint[];
}

/** The night on which a case stopped being `ok`, when that is news: it was `ok` the last time that it ran before. */
function brokenAt(points: readonly CasePoint[], runId: string): { readonly lastGood: CasePoint; readonly firstBad: CasePoint } | null {
  const ran = points.filter((point) => RAN.has(point.state));
  const at = ran.findIndex((point) => point.runId === runId);
  const nights = ran[at]?.state === 'invalid' ? INVALID_NIGHTS : 1;
  const firstBad = ran[at - nights + 1];
  const lastGood = ran[at - nights];
  if (firstBad === undefined || lastGood?.state !== 'ok') return null;
  return ran.slice(at - nights + 1, at + 1).every((point) => point.state !== 'ok') ? { lastGood, firstBad } : null;
}

function brokenEvent(all: readonly Broken[], runId: string, noticedAt: string, at: string): Omit<ChangeEvent, 'id'> | null {
  const [first] = all;
  if (first === undefined) return null;
  const { lastGood, firstBad, case: { device }, suite, points } = first;
  return {
    scope: all.length > 1 ? 'device' : 'case', suite, device, kind: 'broke', state: 'suspected', noticed: runId, noticedAt,
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
    if (found !== null) broken.push({ key, case: c, suite, points, ...found });
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
  const mended = open.filter((event) => event.cases.every((key) => states.get(key) === 'ok'))
    .flatMap((event) => {
      const ended = store.events.update(event.id, (now) => moved(now, 'fixed', at, `ok again in run ${runId}`));
      return isOpen(event) || event.state === 'acknowledged' ? [ended.id] : [];
    });
  return { broke, mended };
}
