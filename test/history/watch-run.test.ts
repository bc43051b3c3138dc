import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import { watchSchema } from '../../src/domain/watch.ts';
import { watchRun } from '../../src/history/watch-run.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from '../store/folder.ts';
import { nightId } from '../store/nights.ts';
import { models, QUIET, SimulatedFarm } from './simulated-farm.ts';

function newStore(): Store {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  return store;
}

const steady = { factor: () => 1 };
const NEW_FILE = 'f'.repeat(64);

test('one model that gets slower is one event: of its case, with the night, the size and the file that changed', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(6), 'one slower');
  farm.run(40, steady);
  const reports = farm.run(25, {
    factor: (name) => (name === 'net2' ? 1.08 : 1),
    row: (row, name) => (name !== 'net2' || row.provenance === null ? row : { ...row, provenance: { ...row.provenance, modelSha256: NEW_FILE } }),
  });
  expect(reports.flatMap(({ noticed }) => noticed)).toHaveLength(1);
  const [event] = store.events.list();
  expect(event).toMatchObject({ scope: 'case', kind: 'regressed', state: 'suspected', cases: [farm.keyOf('net2')] });
  expect(event?.series[0]?.ratio).toBeCloseTo(1.08, 1);
  expect(event?.changes).toEqual([{ field: 'model', from: 'a'.repeat(64), to: NEW_FILE, runId: nightId(40) }]);
  expect(Math.abs([...Array(65).keys()].map(nightId).indexOf(event?.firstBad ?? '') - 40)).toBeLessThanOrEqual(3);
});

test('the level back at where it was ends the event and is no event of its own', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(3), 'there and back');
  farm.run(40, steady);
  farm.run(25, { factor: (name) => (name === 'net1' ? 1.1 : 1) });
  const reports = farm.run(25, steady);
  expect(reports.flatMap(({ noticed }) => noticed)).toEqual([]);
  expect(reports.flatMap(({ fixed }) => fixed)).toHaveLength(1);
  expect(store.events.list()).toMatchObject([{ state: 'fixed', kind: 'regressed' }]);
});

test('a device on which most models slow down together is one event of the device', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(8), 'hot device');
  farm.run(40, steady);
  farm.run(25, { factor: (name) => (name === 'net7' ? 1 : 1.09) });
  expect(store.events.list()).toMatchObject([{ scope: 'device', kind: 'regressed', device: 'local' }]);
  expect(store.events.list()[0]?.cases.length).toBeGreaterThanOrEqual(6);
});

test('an improvement is told, and a change that the suite expects is acknowledged from the start', () => {
  const store = newStore();
  const settings = watchSchema.parse({ expected: [{ model: 'net0', from: '2026-02-05', until: '2026-02-20', why: 'new kernels' }] });
  const farm = new SimulatedFarm(store, models(4), 'expected', settings);
  farm.run(40, steady);
  farm.run(25, { factor: (name) => (name === 'net0' ? 0.9 : name === 'net3' ? 0.92 : 1) });
  const events = store.events.list();
  expect(events.map(({ kind, state, cases }) => [kind, state, cases[0]])).toEqual(expect.arrayContaining([
    ['improved', 'acknowledged', farm.keyOf('net0')], ['improved', 'suspected', farm.keyOf('net3')],
  ]));
  expect(events).toHaveLength(2);
});

test('an acknowledgement ends on its day', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2), 'until');
  farm.run(40, steady);
  const slower = { factor: (name: string) => (name === 'net0' ? 1.15 : 1) };
  farm.run(15, slower);
  const [event] = store.events.list();
  store.events.update(event?.id ?? '', (now) => ({ ...now, state: 'acknowledged', acknowledgement: { by: 'me', why: 'known', at: '2026-03-01T00:00:00.000Z', until: '2026-03-03T00:00:00.000Z' } }));
  const reopened = farm.run(15, slower).map((report) => report.reopened.map(({ id }) => id));
  expect(reopened.flat()).toEqual([event?.id]);
  expect(store.events.list()).toMatchObject([{ state: 'suspected', acknowledgement: null }]);
});

test('a case that breaks is an event at once, invalid ones from the second night on; when it is ok again the event ends', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(4), 'broken');
  farm.run(3, steady);
  const verdict = (status: 'failed' | 'invalid') => ({ status, reasons: [{ code: 'x', message: 'because' }] });
  const nights: (readonly (readonly string[])[])[] = [];
  for (const state of ['invalid', 'ok', 'invalid', 'invalid', 'failed', 'ok'] as const) {
    const report = farm.next({ factor: () => 1, row: (row, name) => (name === 'net1' && state !== 'ok' ? { ...row, verdict: verdict(state) } : row) });
    nights.push([report.noticed.map(({ kind }) => kind), report.fixed.map(({ kind }) => kind)]);
  }
  expect(nights).toEqual([[[], []], [[], []], [[], []], [['broke'], []], [[], []], [[], ['broke']]]);
  expect(store.events.list()).toMatchObject([{ firstBad: nightId(5), lastGood: nightId(4), state: 'fixed' }]);
  const all = farm.next({ factor: () => 1, row: (row) => ({ ...row, verdict: verdict('failed') }) });
  expect(all.noticed).toMatchObject([{ scope: 'device', kind: 'broke', cases: { length: 4 } }]);
});

test('nights of other kinds are no zeros: failures, gaps and odd nights change no level', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(3), 'gaps');
  farm.run(80, {
    factor: (_, night) => (night % 25 === 24 ? 1.4 : 1),
    row: (row, _, night) => (night % 9 === 5 ? null : night % 11 === 3 ? { ...row, verdict: { status: 'skipped', reasons: [{ code: 'budget', message: 'no time' }] }, metrics: {} } : row),
  });
  expect(store.events.list()).toEqual([]);
});

test('a night judged again finds nothing new', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2), 'again');
  farm.run(40, steady);
  farm.run(20, { factor: (name) => (name === 'net0' ? 1.2 : 1) });
  const before = store.events.list();
  expect(before).toHaveLength(1);
  farm.next({ factor: (name) => (name === 'net0' ? 1.2 : 1) });
  expect(store.events.list().map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});

test('errors where there were none are a change for the worse', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2), 'errors');
  const errors = (value: number) => ({ factor: () => 1, row: (row: CaseResult, name: string): CaseResult => (name === 'net0' ? { ...row, metrics: { quality_cer: { value, low: value, high: value, n: 100, unit: '%', method: 'm' } } } : row) });
  farm.run(40, errors(0));
  expect(store.events.list()).toEqual([]);
  farm.run(20, errors(8));
  expect(store.events.list()).toMatchObject([{ kind: 'regressed', series: [{ metric: 'quality_cer', worse: true, firstBad: nightId(40) }] }]);
  farm.run(20, errors(0));
  expect(store.events.list()).toMatchObject([{ state: 'fixed' }]);
});

test('a night that is left out after its change was told tells it no second time', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2), 'again');
  const slower = { factor: (name: string) => (name === 'net0' ? 1.2 : 1) };
  farm.run(40, steady);
  farm.run(20, slower);
  const [event] = store.events.list();
  store.events.markNight(event?.firstBad ?? '', event?.device ?? '', 'found later');
  farm.run(3, slower);
  expect(store.events.list()).toMatchObject([{ id: event?.id, series: [{ metric: 'latency_p50' }] }]);
});

test('a change that another process tells between a look and its storing, a night beside, is told once', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2), 'again');
  farm.run(40, steady);
  farm.run(20, { factor: (name) => (name === 'net0' ? 1.2 : 1) });
  const [told] = store.events.list();
  if (told === undefined) throw new Error('no event');
  // As if nobody had told it yet when the look begins.
  store.events.update(told.id, (event) => ({ ...event, series: [] }));
  const runIds = store.history.nights().map(({ id }) => id);
  const beside = runIds[runIds.indexOf(told.firstBad) + 1] ?? '';
  let isTold = false;
  const asRead: Store = new Proxy(store, {
    get(target, name: keyof Store) {
      if (name === 'history' && !isTold) {
        isTold = true;
        store.events.update(told.id, (event) => ({ ...event, series: told.series.map((member) => ({ ...member, firstBad: beside })) }));
      }
      const value: unknown = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  watchRun({ store: asRead, runId: runIds.at(-1) ?? '', settings: QUIET, now: new Date('2026-06-01T00:00:00Z') });
  expect(store.events.list()).toMatchObject([{ id: told.id, series: [{ metric: 'latency_p50' }] }]);
});

test('a step too large to wait for is placed where later nights put it, and the file that changed there is named from the first', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(3), 'large step');
  farm.run(40, steady);
  const slower = {
    factor: (name: string): number => (name === 'net0' ? 3 : 1),
    row: (row: CaseResult, name: string): CaseResult => (name !== 'net0' || row.provenance === null ? row : { ...row, provenance: { ...row.provenance, modelSha256: NEW_FILE } }),
  };
  const changedAt = (): unknown => store.events.list().map(({ changes }) => changes.map(({ field, runId }) => [field, runId]));
  const noticed = Array.from({ length: 6 }, () => farm.next(slower).noticed.length > 0 ? changedAt() : null).find((each) => each !== null);
  expect(noticed).toEqual([[['model', nightId(40)]]]);
  farm.run(6, slower);
  expect(store.events.list()).toMatchObject([{ lastGood: nightId(39), firstBad: nightId(40), earliest: nightId(40), latest: nightId(40) }]);
  expect(changedAt()).toEqual([[['model', nightId(40)]]]);
});

/** Nights on which one model alone takes so many times as long; with another file of it, or its own (null). */
function nights(factor: number, file: string | null) {
  return {
    factor: (name: string): number => (name === 'net0' ? factor : 1),
    row: (row: CaseResult, name: string): CaseResult => (name !== 'net0' || row.provenance === null || file === null ? row : { ...row, provenance: { ...row.provenance, modelSha256: file } }),
  };
}

/** An A/B has shown the new file to be the cause, and somebody knows of it. */
function settle(store: Store, id: string, seen: { readonly ratio: number; readonly low: number; readonly high: number }): void {
  store.events.update(id, (now) => ({
    ...now, state: 'acknowledged', acknowledgement: { by: 'me', why: 'known', at: '2026-02-20T00:00:00.000Z', until: null },
    confirmation: { outcome: 'confirmed', at: '2026-02-20T00:00:00.000Z', runIds: [], base: now.lastGood, head: now.latest, key: null, metric: 'latency_p50', ...seen, cause: [{ field: 'model', from: 'a'.repeat(64), to: NEW_FILE }], reason: '' },
  }));
}

test('a confirmed change ends when its cause is put back, however long noise would hide the step back; a cause that is back without the level ends nothing', () => {
  for (const [level, state] of [[1, 'fixed'], [2.5, 'acknowledged']] as const) {
    const store = newStore();
    const farm = new SimulatedFarm(store, models(2, 0.12), 'put back');
    farm.run(40, nights(1, null));
    farm.run(12, nights(2.5, NEW_FILE));
    const [event] = store.events.list();
    expect(event).toMatchObject({ state: 'suspected', changes: [{ field: 'model' }] });
    settle(store, event?.id ?? '', { ratio: 2.5, low: 2, high: 3 });
    const fixed = [0, 1, 2].flatMap(() => {
      const [report] = farm.run(1, nights(level, null));
      // What the change was, not what is left of it when nights without it are counted in.
      const ratio = store.events.list()[0]?.series.find(({ metric }) => metric === 'latency_p50')?.ratio ?? 0;
      expect(ratio).toBeGreaterThan(2.2);
      expect(ratio).toBeLessThan(2.85);
      return [report?.fixed.length];
    });
    expect([fixed, store.events.list()[0]?.state]).toEqual([state === 'fixed' ? [0, 0, 1] : [0, 0, 0], state]);
    if (state !== 'fixed') continue;
    const { series } = store.events.list()[0] ?? {};
    farm.run(8, nights(level, null));
    expect(store.events.list()[0]?.series.map(({ ratio }) => ratio)).toEqual(series?.map(({ ratio }) => ratio));
  }
});

test('the cause of a change that was over comes back after a few nights: the event is open again, though so short a level passes for spikes', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2, 0.02), 'comes back');
  farm.run(40, nights(1, null));
  farm.run(12, nights(1.5, NEW_FILE));
  const [event] = store.events.list();
  settle(store, event?.id ?? '', { ratio: 1.5, low: 1.4, high: 1.6 });
  expect(farm.run(4, nights(1, null)).map(({ fixed }) => fixed.length)).toEqual([0, 0, 1, 0]);
  // Once the file alone, without what it did.
  expect(farm.run(3, nights(1, NEW_FILE)).map(({ reopened }) => reopened.length)).toEqual([0, 0, 0]);
  farm.run(1, nights(1, null));
  const again = farm.run(10, nights(1.5, NEW_FILE));
  expect(again.map(({ reopened }) => reopened.map(({ id }) => id))).toEqual([[], [], [event?.id], [], [], [], [], [], [], []]);
  expect(again.flatMap(({ noticed }) => noticed)).toEqual([]);
  expect(store.events.list()).toMatchObject([{ state: 'confirmed', acknowledgement: null, log: expect.arrayContaining([expect.objectContaining({ text: expect.stringContaining('what caused it is back since run') })]) }]);
  expect(farm.run(3, nights(1, null)).map(({ fixed }) => fixed.length)).toEqual([0, 0, 1]);
});

test('of a device event, a case whose cause is put back ends alone: the others stay open until each is back', () => {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(8), 'hot device');
  const runtime = (row: CaseResult, version: string): CaseResult => (row.provenance === null ? row : { ...row, provenance: { ...row.provenance, runtimeVersion: version } });
  farm.run(40, { factor: () => 1, row: (row) => runtime(row, 'ort 1') });
  farm.run(25, { factor: () => 1.2, row: (row) => runtime(row, 'ort 2') });
  const [event] = store.events.list();
  expect(event).toMatchObject({ scope: 'device', changes: [{ field: 'runtime' }] });
  expect(event?.series.length).toBeGreaterThan(4);
  const key = event?.series[0]?.key ?? '';
  store.events.update(event?.id ?? '', (now) => ({
    ...now, state: 'confirmed',
    confirmation: { outcome: 'confirmed', at: '2026-02-20T00:00:00.000Z', runIds: [], base: now.lastGood, head: now.latest, key, metric: 'latency_p50', ratio: 1.2, low: 1.1, high: 1.3, cause: [{ field: 'runtime', from: 'ort 1', to: 'ort 2' }], reason: '' },
  }));
  const isBack = (name: string): boolean => farm.keyOf(name) === key;
  const one = { factor: (name: string): number => (isBack(name) ? 1 : 1.2), row: (row: CaseResult, name: string): CaseResult => runtime(row, isBack(name) ? 'ort 1' : 'ort 2') };
  farm.run(20, one);
  const [left] = store.events.list();
  expect(left).toMatchObject({ state: 'confirmed', id: event?.id });
  expect(left?.series.filter(({ fixedBy }) => fixedBy !== null).map((member) => member.key)).toEqual([key]);
  expect(farm.run(3, { factor: () => 1, row: (row) => runtime(row, 'ort 1') }).map(({ fixed }) => fixed.length)).toEqual([0, 0, 1]);
  expect(store.events.list()).toMatchObject([{ state: 'fixed', id: event?.id }]);
});
