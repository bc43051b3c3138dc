import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { StoreErrorKind } from '../../src/store/store-error.ts';
import { EXAMPLE_DEVICE, EXAMPLE_VERIFICATION, exampleAttempt, examplePlan, exampleResult, exampleRun, latencies } from './example.ts';
import { newFolder } from './folder.ts';

const ID = '20261122-061530-4f2a';
let path: string;

beforeEach(() => { path = join(newFolder(), 'new folder', 'store.db'); });

function storeWithRun(cases: number) {
  const store = openStore(path, { mode: 'write' });
  store.createRun({ info: exampleRun(ID), suite: '{"models":[]}', devices: [EXAMPLE_DEVICE], cases: examplePlan(cases) });
  return store;
}

function kindOf(work: () => unknown): StoreErrorKind | null {
  try {
    work();
  } catch (error) {
    if (error instanceof StoreError) return error.kind;
    throw error;
  }
  return null;
}

test('a run comes back as it was stored, also for another connection that only reads', () => {
  using store = storeWithRun(3);
  const plan = examplePlan(3);
  for (const reader of [store, openStore(path, { mode: 'read' })]) {
    expect(reader.run(ID)).toEqual(exampleRun(ID));
    expect(reader.runSuite(ID)).toBe('{"models":[]}');
    expect(reader.devices(ID)).toEqual([EXAMPLE_DEVICE]);
    expect([...reader.plannedCases(ID)]).toEqual(plan);
    expect(reader.run('20000101-000000-0000')).toBeNull();
    expect(reader.resultCount(ID)).toBe(0);
  }
});

test('what the plan decided is kept', () => {
  using store = openStore(path, { mode: 'write' });
  const [planned] = examplePlan(1);
  if (planned === undefined) throw new Error('no case');
  const skipped = { ...planned, verdict: { status: 'skipped', reasons: [{ code: 'excluded', message: 'by the suite' }] } } as const;
  store.createRun({ info: exampleRun(ID), suite: '{}', devices: [], cases: [skipped] });
  expect([...store.plannedCases(ID)]).toEqual([skipped]);
});

test('a run that is already there, or a plan with a key twice, is refused and leaves nothing behind', () => {
  using store = storeWithRun(1);
  expect(kindOf(() => { store.createRun({ info: exampleRun(ID), suite: '{}', devices: [], cases: [] }); })).toBe('duplicate');
  const [planned] = examplePlan(1);
  if (planned === undefined) throw new Error('no case');
  const other = '20261122-061531-0000';
  expect(kindOf(() => { store.createRun({ info: exampleRun(other), suite: '{}', devices: [], cases: [planned, { ...planned, ordinal: 1 }] }); })).toBe('duplicate');
  expect(store.listRuns().map((run) => run.id)).toEqual([ID]);
});

test('the life of a run: latest, finished, warned, reopened', () => {
  using store = storeWithRun(1);
  const second = '20261122-061531-0000';
  store.createRun({ info: exampleRun(second), suite: '{}', devices: [], cases: [] });
  expect(store.latestRun()?.id).toBe(second);
  store.finishRun(second, 'done', '2026-11-22T07:00:00.000Z');
  expect(store.run(second)).toMatchObject({ status: 'done', endedAt: '2026-11-22T07:00:00.000Z' });
  expect(store.latestRun({ status: ['running', 'interrupted'] })?.id).toBe(ID);
  expect(store.latestRun({ status: 'interrupted' })).toBeNull();
  store.addRunWarnings(ID, [{ code: 'steal', message: 'much' }]);
  store.addRunWarnings(ID, [{ code: 'steal', message: 'much' }, { code: 'steal', message: 'more' }]);
  expect(store.run(ID)?.warnings.map((warning) => warning.message)).toEqual(['much', 'more']);
  store.reopenRun(second);
  expect(store.run(second)).toMatchObject({ status: 'running', endedAt: null });
  store.setDevices(ID, []);
  expect(store.devices(ID)).toEqual([]);
  expect(kindOf(() => { store.finishRun('20000101-000000-0000', 'done', 'x'); })).toBe('not-found');
});

test('an attempt is there when addAttempt returns, and can not be there twice', () => {
  using store = storeWithRun(2);
  const [key] = examplePlan(1).map((planned) => planned.key);
  if (key === undefined) throw new Error('no case');
  const attempt = exampleAttempt(ID, key, 1);
  const id = store.addAttempt(attempt);
  store.addAttempt(exampleAttempt(ID, key, 0));
  const verifyId = store.addAttempt({
    runId: ID, kind: 'verify', subject: 'sha/cpu', block: 0, attempt: 0, position: 9, unit: 'board-2', startedAt: 'a', endedAt: 'b', record: EXAMPLE_VERIFICATION, samplesNs: null,
  });
  expect(kindOf(() => store.addAttempt(attempt))).toBe('duplicate');
  expect(kindOf(() => store.addAttempt({ ...attempt, runId: '20000101-000000-0000' }))).toBe('not-found');

  using reader = openStore(path, { mode: 'read' });
  expect(reader.attemptEntries(ID).map(({ kind, subject, block, status }) => [kind, subject, block, status])).toEqual([
    ['measure', key, 1, 'ok'], ['measure', key, 0, 'ok'], ['verify', 'sha/cpu', 0, 'ok'],
  ]);
  expect([...reader.attempts(ID)].map((stored) => stored.id)).toEqual([id, id + 1, verifyId]);
  expect([...reader.attempts(ID, 'verify')].map((stored) => stored.record)).toEqual([EXAMPLE_VERIFICATION]);
  expect(reader.attemptsOf(ID, 'measure', key).map((stored) => stored.block)).toEqual([0, 1]);
  expect(reader.attemptsOf(ID, 'measure', key)[1]?.record).toEqual(attempt.record);
  expect(reader.samples(id)).toEqual({ samplesNs: latencies(2000, 1), completionsNs: null });
  expect(reader.samples(verifyId)).toBeNull();
  expect(kindOf(() => reader.samples(999))).toBe('not-found');
  expect(kindOf(() => reader.addAttempt({ ...attempt, block: 5 }))).toBe('read-only');
});

test('results come in the order of the plan, lazily, as often as asked, and are replaced by newer ones', () => {
  using store = storeWithRun(1200);
  const plan = examplePlan(1200);
  store.putResults(ID, plan.toReversed().map((planned) => ({ ordinal: planned.ordinal, result: exampleResult(planned) })));
  const results = store.results(ID);
  for (const _ of results) break; // left early
  const first = results[Symbol.iterator]();
  first.next();
  const last = plan[1199];
  if (last === undefined) throw new Error('no case');
  // Written while an iteration is open: no lock, and the open iteration sees it.
  store.putResult(ID, 1199, { ...exampleResult(last), repro: 'newer' });
  expect([...results].map((result) => result.key)).toEqual(plan.map((planned) => planned.key));
  expect(store.resultCount(ID)).toBe(1200);
  expect(store.result(ID, last.key)).toEqual({ ...exampleResult(last), repro: 'newer' });
  expect(store.result(ID, 'no such key')).toBeNull();
});

test('a result that the plan does not know is refused', () => {
  using store = storeWithRun(1);
  const [, other] = examplePlan(2);
  if (other === undefined) throw new Error('no case');
  expect(kindOf(() => { store.putResult(ID, 0, exampleResult(other)); })).toBe('not-found');
  expect(kindOf(() => { store.putResult(ID, 1, exampleResult(other)); })).toBe('not-found');
  expect(store.resultCount(ID)).toBe(0);
});

test('a device is set aside with its reason until its time has run out', () => {
  using store = storeWithRun(1);
  const since = '2026-01-01T00:00:00.000Z';
  const later = new Date(Date.now() + 3_600_000).toISOString();
  store.setAside({ device: 'a', reason: 'unplugged', since, until: '2026-01-08T00:00:00.000Z' });
  store.setAside({ device: 'b', reason: 'unplugged', since, until: later });
  expect(store.devicesSetAside()).toEqual([{ device: 'b', reason: 'unplugged', since, until: later }]);
  expect(store.readmit('b')).toBe(true);
  expect(store.devicesSetAside()).toEqual([]);
});

test('comparisons are replaced as a whole', () => {
  using store = storeWithRun(1);
  const comparison = { base: 'a', head: 'b', metric: 'latency_p50', outcome: 'noisy', ratio: 1.01, low: null, high: null, n: 3, materiality: 0.03, method: 'm', reason: 'r' } as const;
  store.putComparisons(ID, [comparison, { ...comparison, head: 'c' }]);
  store.putComparisons(ID, [comparison]);
  expect(store.comparisons(ID)).toEqual([comparison]);
});

test('a row that somebody changed by hand is an error, not a number', () => {
  using store = storeWithRun(1);
  const [planned] = examplePlan(1);
  if (planned === undefined) throw new Error('no case');
  store.putResult(ID, 0, exampleResult(planned));
  using other = new DatabaseSync(path);
  other.exec(`UPDATE result SET result = json_set(result, '$.metrics.sps.value', 'fast')`);
  expect(kindOf(() => [...store.results(ID)])).toBe('bad-row');
  other.exec(`UPDATE result SET result = '{'`);
  expect(kindOf(() => [...store.results(ID)])).toBe('bad-row');
});

test('closing twice is fine and leaves one file', () => {
  const store = storeWithRun(1);
  store.close();
  store.close();
  expect(existsSync(path)).toBe(true);
  expect(existsSync(`${path}-wal`)).toBe(false);
});
