import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { caseKey } from '../../src/domain/case.ts';
import type { ChangeEvent, EventState } from '../../src/domain/event.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { incidentOf } from '../../src/history/canary.ts';
import { confirmationNews, foundNews, isNews, nightNews } from '../../src/history/night-news.ts';
import { watchRun, type NightReport } from '../../src/history/watch-run.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { exampleCase, examplePlan } from '../store/example.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, nightId, rowWith } from '../store/nights.ts';
import { QUIET } from './simulated-farm.ts';

function newStore(nights: number): Store {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  for (let night = 0; night < nights; night++) addNight(store, night, examplePlan(1), (planned) => rowWith(planned, 5));
  return store;
}

function addEvent(store: Store, state: EventState, outcome: 'confirmed' | 'refuted' | null): ChangeEvent {
  return store.events.add({
    scope: 'case', suite: 'example', device: 'local', kind: 'regressed', state, noticed: nightId(1), noticedAt: '2026-01-02T02:00:00.000Z', lastGood: nightId(0), firstBad: nightId(1), earliest: nightId(1), latest: nightId(1),
    cases: [caseKey(exampleCase(0))], series: [], changes: [], acknowledgement: null, log: [],
    confirmation: outcome === null ? null : { outcome, at: '2026-01-03T00:00:00.000Z', runIds: [], base: nightId(0), head: nightId(1), key: null, metric: null, ratio: null, low: null, high: null, cause: [], reason: '' },
  });
}

const quiet = (store: Store): NightReport => ({ runId: store.latestRun()?.id ?? '', noticed: [], fixed: [], reopened: [], withdrawn: [], judged: 1, notJudged: 0 });

test('a later night that confirms or refutes a change is news; so is an A/B by itself', () => {
  for (const outcome of ['confirmed', 'refuted'] as const) {
    const store = newStore(3);
    const event = addEvent(store, outcome, outcome);
    expect(isNews(nightNews(store, quiet(store), []))).toBe(false);
    for (const news of [nightNews(store, quiet(store), [event]), confirmationNews(store, nightId(2), [event])]) {
      expect(isNews(news)).toBe(true);
      expect(news).toMatchObject({ runId: nightId(2), suite: 'example', noticed: [], [outcome]: [{ id: event.id }], [outcome === 'confirmed' ? 'refuted' : 'confirmed']: [] });
    }
  }
});

test('an expected change, and one that is refuted in the night that noticed it, ring nobody', () => {
  for (const [state, outcome] of [['acknowledged', null], ['refuted', 'refuted'], ['suspected', null], ['confirmed', 'confirmed']] as const) {
    const store = newStore(2);
    const event = addEvent(store, state, outcome);
    const news = nightNews(store, { ...quiet(store), noticed: [event] }, [event]);
    expect([isNews(news), news.noticed.length, news.confirmed.length + news.refuted.length]).toEqual([state === 'suspected' || state === 'confirmed', 1, 0]);
  }
});

test('a canary with wrong outputs, another place or a held clock is an incident with its reason, also while it is learned; a gate or too few samples say nothing', () => {
  const store = newStore(2);
  const [planned] = examplePlan(1);
  if (planned === undefined) throw new Error('no case');
  const tonight = (code: string): CaseResult => ({ ...rowWith(planned, 5), verdict: { status: 'invalid', reasons: [{ code: 'gate-load', message: 'busy' }, { code, message: `of ${code}` }] } });
  for (const code of ['parity', 'fallback', 'throttled']) expect(incidentOf(store, tonight(code), nightId(2))).toBe(`the canary is invalid: of ${code}`);
  for (const code of ['gate-temperature', 'min-duration', 'not-steady']) expect(incidentOf(store, tonight(code), nightId(2))).toBeNull();
});

test('what a look found is owed from that moment on, with what A/Bs made of it since, whoever tells it in the end', () => {
  const store = newStore(3);
  const [runId, now] = [nightId(2), new Date('2026-01-03T03:00:00Z')];
  const expired = store.events.add({ ...addEvent(store, 'acknowledged', null), acknowledgement: { by: 'me', why: 'x', at: '2026-01-02T00:00:00.000Z', until: '2026-01-02T12:00:00.000Z' } });
  const [older, begun] = [addEvent(store, 'suspected', null), addEvent(store, 'suspected', null)];
  watchRun({ store, runId: nightId(1), settings: QUIET, now: new Date('2026-01-02T03:00:00Z') });
  expect(store.owedNews.runIds()).toEqual([]);
  store.owedNews.owe(runId, '/reports');
  const delivery = store.owedNews.find(runId)?.delivery;
  watchRun({ store, runId, settings: QUIET, now });
  store.owedNews.update(runId, (owed) => ({ ...owed, tried: [older.id, begun.id] }));
  store.events.update(older.id, (event) => ({ ...event, state: 'confirmed', confirmation: { outcome: 'confirmed', at: now.toISOString(), runIds: [], base: nightId(0), head: nightId(1), key: null, metric: null, ratio: null, low: null, high: null, cause: [], reason: '' } }));
  const owed = store.owedNews.find(runId);
  expect(owed).toMatchObject({ folder: '/reports', delivery, findings: { reopened: [expired.id] } });
  if (owed === null || owed.findings === null) throw new Error('not judged');
  expect(foundNews(store, runId, owed.findings, owed.tried)).toMatchObject({ runId, reopened: [{ id: expired.id, state: 'suspected' }], confirmed: [{ id: older.id }], refuted: [], judged: 0, notJudged: 1 });
  store.owedNews.settle(runId);
  expect(store.owedNews.find(runId)).toBeNull();
});
