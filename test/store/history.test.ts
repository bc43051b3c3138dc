import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { MIGRATIONS } from '../../src/store/schema.ts';
import type { Series } from '../../src/domain/series.ts';
import { examplePlan, exampleResult } from './example.ts';
import { newFolder } from './folder.ts';
import { addNight, nightId, rowWith } from './nights.ts';

const [FIRST, SECOND] = examplePlan(2) as [ReturnType<typeof examplePlan>[0], ReturnType<typeof examplePlan>[0]];
if (FIRST === undefined || SECOND === undefined) throw new Error('no cases');
const failed = { ...exampleResult(FIRST), verdict: { status: 'failed' as const, reasons: [{ code: 'crash', message: 'it fell' }] }, metrics: {}, provenance: null, conditions: null };

function fill(path: string): void {
  using store = openStore(path, { mode: 'write' });
  addNight(store, 0, [FIRST, SECOND], (planned) => rowWith(planned, 10));
  addNight(store, 1, [FIRST, SECOND], (planned) => (planned === FIRST ? failed : null));
  addNight(store, 2, [FIRST], (planned) => ({ ...rowWith(planned, 12), verdict: { status: 'invalid', reasons: [{ code: 'hot', message: 'too hot' }] } }));
  addNight(store, 3, [FIRST], (planned) => ({ ...exampleResult(planned), conditions: { samples: 2, temperatureMaxC: 61.5, stealMean: 0.01, absent: [] } }));
  addNight(store, 4, [FIRST], (planned) => rowWith(planned, 99), { purpose: 'confirm' });
}

const seriesOf = (series: readonly Series[], metric: string): Series => {
  const found = series.find((one) => one.metric === metric);
  if (found === undefined) throw new Error(`no series of ${metric}`);
  return found;
};

test('each night is a point of its own kind: valid, invalid, failed, or not run; A/B runs are no nights', () => {
  const path = join(newFolder(), 'store.db');
  fill(path);
  using store = openStore(path, { mode: 'read' });
  const p50 = seriesOf(store.history.series({ key: FIRST.key }), 'latency_p50');
  const points = store.history.points(p50);
  expect(points.map(({ runId, state, value, reason }) => [runId, state, value?.value ?? null, reason])).toEqual([
    [nightId(0), 'ok', 10, null], [nightId(1), 'failed', null, 'it fell'], [nightId(2), 'invalid', 12, 'too hot'], [nightId(3), 'ok', 1.234567, null],
  ]);
  expect(points[3]).toMatchObject({ temperatureMaxC: 61.5, stealMean: 0.01, throttleEvents: null, environment: { model: 'a'.repeat(64), os: 'Debian 12', preset: 'quick', cores: '2' } });
  expect(points[1]?.environment).toBeNull();
  expect(store.history.validValues(p50)).toMatchObject({ runIds: [nightId(0), nightId(3)], values: [10, 1.234567] });
  expect(store.history.casePoints(SECOND.key).map(({ state }) => state)).toEqual(['ok', 'not-run', 'not-run', 'not-run']);
  expect(store.history.nights().map(({ id }) => id)).toEqual([0, 1, 2, 3].map(nightId));
  expect(store.history.casePoints('no such case')).toEqual([]);
});

test('a result stored again replaces its point, with every metric', () => {
  using store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  const id = addNight(store, 0, [FIRST], exampleResult);
  store.putResults(id, [{ ordinal: 0, result: rowWith(FIRST, 5) }]);
  const valid = store.history.series().map((series) => [series.metric, ...store.history.validValues(series).values]);
  expect(valid.filter(([, value]) => value !== undefined)).toEqual([['latency_p50', 5]]);
});

test('a store of before is filled with its runs as series when it is opened', () => {
  const [path, old] = [join(newFolder(), 'store.db'), join(newFolder(), 'old.db')];
  fill(path);
  openStore(old, { mode: 'write' }, MIGRATIONS.slice(0, 1)).close();
  {
    using raw = new DatabaseSync(old);
    raw.prepare('ATTACH ? AS newer').run(path);
    // The A/B run is not there: the first version knew none.
    raw.exec('INSERT INTO run (seq, id, status, info, suite) SELECT seq, id, status, info, suite FROM newer.run WHERE seq < 5');
    for (const table of ['device', 'planned_case', 'result']) raw.exec(`INSERT INTO ${table} SELECT * FROM newer.${table} WHERE run < 5`);
  }
  const all = (file: string) => {
    using store = openStore(file, { mode: 'read' });
    return { points: store.history.series().map(({ id: _id, ...series }) => ({ series, points: store.history.points({ id: _id, ...series }) })), nights: store.history.nights() };
  };
  expect(all(old)).toEqual(all(path));
});
