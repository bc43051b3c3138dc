import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { caseKey } from '../../src/domain/case.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { exampleCase } from '../store/example.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, nightId, rowWith } from '../store/nights.ts';
import { models, SimulatedFarm } from './simulated-farm.ts';

function newStore(): Store {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  return store;
}

type State = 'ok' | 'failed' | 'invalid' | 'skipped' | 'unsupported';

/** The row with this verdict; `null` leaves the case out of the plan. */
const as = (row: CaseResult, state: State): CaseResult => (state === 'ok' ? row : { ...row, verdict: { status: state, reasons: [{ code: 'x', message: 'because' }] } });
const net1 = (state: State | null) => ({ factor: () => 1, row: (row: CaseResult, name: string) => (name !== 'net1' ? row : state === null ? null : as(row, state)) });

test('a case that breaks is told once, whatever the night before was', () => {
  for (const nights of [['invalid', 'failed', 'failed'], ['skipped', 'failed', 'failed'], ['invalid', 'skipped', 'invalid', 'failed'], ['unsupported', 'invalid']] as const) {
    const store = newStore();
    const farm = new SimulatedFarm(store, models(4), 'broken');
    farm.run(3, net1('ok'));
    const noticed = nights.flatMap((state) => farm.next(net1(state)).noticed);
    expect(noticed).toMatchObject([{ kind: 'broke', lastGood: nightId(2), firstBad: nightId(nights[0] === 'skipped' ? 4 : 3) }]);
  }
});

test('what an emulated device shows is told as that, in events of either kind, also where its first night could not know', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(4), 'emulated');
  const emulated = (state: State, factor = 1) => ({ factor: (name: string) => (name === 'net2' ? factor : 1), row: (row: CaseResult, name: string, night: number) => as(night === 0 ? row : { ...row, case: { ...row.case, emulated: true as const } }, name === 'net1' ? state : night === 0 ? 'skipped' : 'ok') });
  farm.run(20, emulated('ok'));
  const noticed = farm.run(10, emulated('failed', 1.5)).flatMap((night) => night.noticed);
  expect(new Set(noticed.map(({ kind }) => kind))).toEqual(new Set(['broke', 'regressed']));
  expect(noticed.every((event) => event.emulated === true)).toBe(true);
  expect(store.history.series().every((series) => series.case.emulated === true)).toBe(true);
});

test('a case that broke on a night that nobody watched is told on the next', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(4), 'broken');
  farm.run(3, net1('ok'));
  const plan = models(4).map(({ name }, ordinal) => {
    const c = { ...exampleCase(0), model: name };
    return { key: caseKey(c), ordinal, case: c, verdict: null };
  });
  addNight(store, farm.night++, plan, (planned) => as(rowWith(planned, 5), planned.ordinal === 1 ? 'failed' : 'ok'));
  expect([0, 1].map(() => farm.next(net1('failed')).noticed.map(({ kind, firstBad }) => [kind, firstBad]))).toEqual([[['broke', nightId(3)]], []]);
});

test('a device that broke is fixed when each of its cases was ok on the last night that it ran, be they different nights', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(4), 'broken');
  farm.run(3, net1('ok'));
  farm.next({ factor: () => 1, row: (row) => as(row, 'failed') });
  expect(store.events.list()).toMatchObject([{ scope: 'device', cases: { length: 4 } }]);
  const budgeted = (even: boolean) => ({ factor: () => 1, row: (row: CaseResult, name: string) => as(row, (Number(name.slice(3)) % 2 === 0) === even ? 'ok' : 'skipped') });
  expect([farm.next(budgeted(true)), farm.next(budgeted(true)), farm.next(budgeted(false))].map(({ fixed }) => fixed.length)).toEqual([0, 0, 1]);
});

test('a broken case that is taken out of the suite keeps its event open for two weeks, not for ever', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(3), 'broken');
  farm.run(3, net1('ok'));
  farm.next(net1('failed'));
  const states = [...Array(14).keys()].map(() => {
    expect(farm.next(net1(null)).fixed).toEqual([]);
    return store.events.list()[0]?.state;
  });
  expect([...new Set(states)]).toEqual(['suspected', 'fixed']);
  expect(store.events.list()[0]?.log.at(-1)?.text).toContain('no longer in the suite');
});
