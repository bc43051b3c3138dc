import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ChangeEvent, Confirmation, EventState } from '../../src/domain/event.ts';
import { seededRandom } from '../../src/domain/random.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from '../store/folder.ts';
import { models, SimulatedFarm } from './simulated-farm.ts';

function newStore(): Store {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  return store;
}

const steady = { factor: () => 1 };
const at = (factor: number) => ({ factor: (name: string) => (name === 'net1' ? factor : 1) });
const [OLD_FILE, NEW_FILE] = ['a'.repeat(64), 'f'.repeat(64)];

function confirmation(event: ChangeEvent, outcome: Confirmation['outcome']): Confirmation {
  return { outcome, at: '2026-02-20T00:00:00.000Z', runIds: [], base: event.lastGood, head: event.latest, key: null, metric: 'latency_p50', ratio: 1, low: 1, high: 1, cause: [{ field: 'model', from: OLD_FILE, to: NEW_FILE }], reason: '' };
}

/** Puts the store's only event into a state. */
function settle(store: Store, state: EventState): void {
  const [event] = store.events.list();
  if (event === undefined) throw new Error('nothing was noticed');
  store.events.update(event.id, (now) => ({
    ...now, state, acknowledgement: state === 'acknowledged' ? { by: 'me', why: 'known', at: '2026-02-20T00:00:00.000Z', until: null } : null,
    confirmation: state === 'confirmed' || state === 'refuted' ? confirmation(now, state) : null,
  }));
}

const told = (store: Store): unknown => store.events.list().map(({ kind, state, series }) => [kind, state, series.map(({ metric }) => metric)]);

test('an improvement that is lost again is a regression; only of a refuted one it is none', () => {
  for (const state of ['suspected', 'acknowledged', 'refuted'] as const) {
    const store = newStore();
    const farm = new SimulatedFarm(store, models(3), 'improve');
    farm.run(40, steady);
    farm.run(30, at(0.88));
    settle(store, state);
    const reports = farm.run(25, steady);
    expect(reports.flatMap(({ fixed }) => fixed)).toEqual([]);
    expect(reports.flatMap(({ noticed }) => noticed.map(({ kind }) => kind))).toEqual(state === 'refuted' ? [] : ['regressed']);
    const [gain, loss] = store.events.list();
    expect(gain).toMatchObject({ kind: 'improved', state: 'fixed', log: expect.arrayContaining([{ at: expect.any(String), text: expect.stringContaining(state === 'refuted' ? 'the level is back' : 'the improvement is gone') }]) });
    if (state !== 'refuted') expect(loss).toMatchObject({ state: 'suspected', series: [{ worse: true, fixedBy: null, firstBad: gain?.series[0]?.fixedBy }] });
    expect(store.events.list()).toHaveLength(state === 'refuted' ? 1 : 2);
    // Later nights tell it no second time.
    expect(farm.run(10, steady).flatMap(({ noticed, fixed }) => [...noticed, ...fixed])).toEqual([]);
  }
});

test('a confirmed improvement whose cause is put back is a regression, however long noise would hide the step', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2, 0.12), 'put back');
  const nights = (factor: number, file: string | null) => ({
    ...at(factor), row: (row: CaseResult, name: string): CaseResult => (name !== 'net1' || row.provenance === null || file === null ? row : { ...row, provenance: { ...row.provenance, modelSha256: file } }),
  });
  farm.run(40, nights(1, null));
  farm.run(12, nights(0.4, NEW_FILE));
  settle(store, 'confirmed');
  expect(farm.run(3, nights(1, null)).flatMap(({ noticed, fixed }) => [...noticed, ...fixed].map(({ kind }) => kind))).toEqual(['regressed']);
  expect(store.events.list()).toMatchObject([{ kind: 'improved', state: 'fixed' }, { kind: 'regressed', state: 'suspected', changes: [{ field: 'model', to: OLD_FILE }] }]);
  farm.run(15, nights(1, null));
  expect(store.events.list()).toHaveLength(2);
});

test('another step of the same series is told, however near and whatever became of the first', () => {
  for (const state of ['suspected', 'acknowledged', 'confirmed'] as const) {
    const store = newStore();
    const farm = new SimulatedFarm(store, models(3), 'second');
    farm.run(40, steady);
    farm.run(6, at(1.3));
    settle(store, state);
    expect(farm.run(20, at(1.3 * 1.5)).flatMap(({ noticed }) => noticed.map(({ kind }) => kind))).toEqual(['regressed']);
    expect(store.events.list().map((event) => [event.state, event.series.length])).toEqual([[state, 1], ['suspected', 1]]);
  }
});

/** Peak memory of net1: 40 MiB, from a night on another; of all others 40 MiB. */
function memory(from: number, then: number): (row: CaseResult, name: string, night: number) => CaseResult {
  return (row, name, night) => {
    const value = (name === 'net1' && night >= from ? then : 40) * (1 + 0.002 * Math.sin(night * 7 + name.length));
    return { ...row, metrics: { ...row.metrics, peak_memory: { value, low: value * 0.995, high: value * 1.005, n: 6, unit: 'MiB', method: 'm' } } };
  };
}

test('memory that grows a week after an improvement, or a regression that somebody settled, is told for itself', () => {
  for (const [factor, kind] of [[0.75, 'improved'], [1.3, 'regressed']] as const) {
    for (const state of ['acknowledged', 'confirmed', 'refuted'] as const) {
      const store = newStore();
      const farm = new SimulatedFarm(store, models(3), 'memory');
      farm.run(40, { ...steady, row: memory(999, 0) });
      farm.run(6, { ...at(factor), row: memory(999, 0) });
      settle(store, state);
      farm.run(20, { ...at(factor), row: memory(46, 60) });
      expect(told(store)).toEqual([[kind, state, ['latency_p50']], ['regressed', 'suspected', ['peak_memory']]]);
    }
  }
});

test('another latency of a change that somebody knows of is part of it; another metric of one that nobody looked into joins it', () => {
  // Measured every other night, and so found later.
  const p90 = (row: CaseResult, name: string, night: number): CaseResult => {
    if (night % 2 === 1) return row;
    const value = (name === 'net1' && night >= 40 ? 11 : 10) * Math.exp(0.06 * (seededRandom(`p90 ${name} ${night}`)() - 0.5));
    return { ...row, metrics: { ...row.metrics, latency_p90: { value, low: value * 0.97, high: value * 1.03, n: 6, unit: 'ms', method: 'm' } } };
  };
  const known = newStore();
  const farm = new SimulatedFarm(known, models(3), 'two latencies');
  farm.run(40, { ...steady, row: p90 });
  for (let night = 0; night < 10 && known.events.list().length === 0; night++) farm.next({ ...at(1.3), row: p90 });
  settle(known, 'acknowledged');
  const before = known.events.list()[0]?.series.length;
  farm.run(25, { ...at(1.3), row: p90 });
  expect([before, told(known)]).toEqual([1, [['regressed', 'acknowledged', ['latency_p50', 'latency_p90']]]]);

  const open = newStore();
  const other = new SimulatedFarm(open, models(3), 'memory');
  other.run(40, { ...steady, row: memory(999, 0) });
  other.run(20, { ...at(1.3), row: memory(40, 50) });
  expect(open.events.list().map(({ kind, series }) => [kind, series.map(({ metric }) => metric).sort()])).toEqual([['regressed', ['latency_p50', 'peak_memory']]]);
});

test('an acknowledgement that has run out leaves the event as its A/B found it', () => {
  for (const outcome of ['confirmed', 'refuted', 'cannot-reproduce'] as const) {
    const store = newStore();
    const farm = new SimulatedFarm(store, models(2), 'until');
    farm.run(40, steady);
    farm.run(15, at(1.15));
    const [event] = store.events.list();
    store.events.update(event?.id ?? '', (now) => ({ ...now, state: 'acknowledged', confirmation: confirmation(now, outcome), acknowledgement: { by: 'me', why: 'known', at: '2026-02-25T00:00:00.000Z', until: '2026-02-27T00:00:00.000Z' } }));
    farm.run(6, at(1.15));
    expect(store.events.list()).toMatchObject([{ acknowledgement: null, state: outcome === 'cannot-reproduce' ? 'suspected' : outcome }]);
  }
});
