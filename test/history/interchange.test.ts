import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Series } from '../../src/domain/series.ts';
import { exportLines } from '../../src/history/export-lines.ts';
import { Importer, ImportError, TOGETHER_CASES } from '../../src/history/import-lines.ts';
import { openMetrics } from '../../src/report/openmetrics.ts';
import { pointsHeader, pointsRows } from '../../src/report/points-csv.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { PADDOCK } from '../cli/paddock.ts';
import { exampleAttempt, examplePlan, exampleResult } from '../store/example.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, nightId, rowWith } from '../store/nights.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const HOSTILE = '=cmd|"x"!A1,</td><script>\n| `x`';

function newStore(): Store {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  return store;
}

function fill(store: Store, nights: number, cases = 3): void {
  const plan = examplePlan(cases);
  for (let night = 0; night < nights; night++) {
    addNight(store, night, plan, (planned) => (night === 2 && planned.ordinal === 0 ? { ...exampleResult(planned), metrics: {}, provenance: null, verdict: { status: 'failed', reasons: [{ code: 'crash', message: HOSTILE }] } } : rowWith(planned, 10 + planned.ordinal)));
  }
}

const lines = (store: Store, since = ''): string[] => [...exportLines(store, since, NOW)].map((line) => JSON.stringify(line));
const history = (store: Store): unknown => store.history.series().map(({ id: _id, ...series }) => ({ series, points: store.history.points({ ...series, id: _id }) }));

test('an export taken into another store is the same runs, series and events; taken in twice, nothing is there twice', () => {
  const [from, to] = [newStore(), newStore()];
  fill(from, 4);
  from.events.markNight(nightId(1), 'local', 'the canary was slow');
  from.events.add({
    scope: 'case', suite: 'example', device: 'local', kind: 'regressed', state: 'suspected', noticed: nightId(3), noticedAt: '2026-01-04T02:00:00.000Z', lastGood: nightId(1), firstBad: nightId(2), earliest: nightId(2), latest: nightId(2),
    cases: [HOSTILE], series: [], changes: [], confirmation: null, acknowledgement: null, log: [],
  });
  for (const round of [{ runs: 4, known: 0, events: 1 }, { runs: 0, known: 4, events: 0 }]) {
    const importer = new Importer(to);
    for (const line of lines(from)) importer.take(line);
    importer.end();
    expect(importer.imported).toEqual(round);
  }
  expect(to.listRuns()).toEqual(from.listRuns());
  expect(history(to)).toEqual(history(from));
  expect(to.events.list()).toEqual(from.events.list());
  expect(to.events.incidentNights()).toMatchObject([{ runId: nightId(1), reason: 'the canary was slow' }]);
  expect(lines(to)).toEqual(lines(from));
});

test('launches and their samples go along where they are asked for, and are the same in the other store', () => {
  const [from, to, without] = [newStore(), newStore(), newStore()];
  fill(from, 2);
  const key = examplePlan(1)[0]?.key ?? '';
  for (const [night, block] of [[0, 0], [0, 1], [1, 0]] as const) from.addAttempt(exampleAttempt(nightId(night), key, block));
  from.addAttempt({ ...exampleAttempt(nightId(1), key, 1), samplesNs: null });
  const all = [...exportLines(from, '', NOW, new Set(['launches', 'samples']))].map((line) => JSON.stringify(line));
  const take = (store: Store, text: readonly string[]): void => {
    const importer = new Importer(store);
    for (const line of text) importer.take(line);
    importer.end();
  };
  take(to, all);
  const launches = (store: Store): unknown => [0, 1].map((night) => [...store.attempts(nightId(night))].map(({ id, ...rest }) => ({ ...rest, samples: store.samples(id) })));
  expect(launches(to)).toEqual(launches(from));
  take(without, [...exportLines(from, '', NOW, new Set(['launches']))].map((line) => JSON.stringify(line)));
  expect([...without.attempts(nightId(0))]).toHaveLength(2);
  expect(without.samples([...without.attempts(nightId(0))][0]?.id ?? 0)).toBeNull();
  expect(() => { take(newStore(), all.filter((line, index) => !line.includes('"launch"') || index % 2 === 0)); }).toThrow(/is not whole: \d of \d launches/);
});

test('a launch of no case of its run, with negative latencies or with completions that are not theirs is refused with its line', () => {
  const from = newStore();
  fill(from, 1);
  from.addAttempt(exampleAttempt(nightId(0), examplePlan(1)[0]?.key ?? '', 0));
  const all = [...exportLines(from, '', NOW, new Set(['launches', 'samples']))];
  const at = all.findIndex(({ type }) => type === 'launch');
  const changed = (change: object): (() => void) => () => {
    const importer = new Importer(newStore());
    for (const [index, line] of all.entries()) importer.take(JSON.stringify(index === at ? { ...line, ...change } : line));
  };
  const launch = all[at];
  if (launch?.type !== 'launch') throw new Error('no launch');
  expect(changed({})).not.toThrow();
  for (const [change, message] of [
    [{ attempt: { ...launch.attempt, subject: 'other' } }, /has no case other/], [{ samplesNs: [1, -1] }, /negative/], [{ samplesNs: [1, 2], completionsNs: [1] }, /1 completions for 2 latencies/],
  ] as const) {
    expect(changed(change)).toThrow(message);
    expect(changed(change)).toThrow(ImportError);
  }
});

test('a webhook that a suite writes out is not in an export; one that names a variable is', () => {
  const store = newStore();
  fill(store, 1);
  const suite = JSON.stringify({ suite: { suite: 'x', watch: { keep: true, notify: [{ url: 'https://hooks.example/T0/SECRET' }, { url: 'env:HOOK' }] } } });
  const info = store.listRuns()[0];
  if (info === undefined) throw new Error('no run');
  store.createRun({ info: { ...info, id: nightId(7) }, suite, devices: [], cases: [] });
  const text = lines(store).join('');
  expect(text).toContain('env:HOOK');
  expect(text).not.toContain('SECRET');
});

test('what is cut off, broken, of another version or has a run that leads out of its folder is refused with its line; whole runs before it are in', () => {
  const from = newStore();
  fill(from, 2);
  const good = lines(from);
  const take = (text: readonly string[]): { readonly fault: string | null; readonly runs: number } => {
    const store = newStore();
    const importer = new Importer(store);
    try {
      for (const line of text) importer.take(line);
      importer.end();
      return { fault: null, runs: store.listRuns().length };
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      return { fault: `${error.line}: ${error.message}`, runs: store.listRuns().length };
    }
  };
  expect(take(good)).toEqual({ fault: null, runs: 2 });
  expect(take(good.slice(0, -2))).toEqual({ fault: expect.stringContaining('it ends inside run'), runs: 1 });
  expect(take([...good.slice(0, 8), '{"type":'])).toEqual({ fault: '9: this is not JSON', runs: 1 });
  expect(take(good.filter((_, index) => index !== 3))).toEqual({ fault: expect.stringContaining('is not whole: 2 of 3 cases'), runs: 0 });
  expect(take(good.map((line) => line.replace('"schemaVersion":1', '"schemaVersion":99'))).fault).toMatch(/^1: .*schema version 1/);
  expect(take(good.map((line) => line.replaceAll(nightId(0), '../../elsewhere'))).fault).toMatch(/^2: info.id/);
  const cases = [...good.entries()].filter(([, line]) => line.includes('"type":"case"')).map(([index]) => index);
  expect(take(good.map((line, index) => (index === cases.at(-1) ? (good[cases.at(-2) ?? 0] ?? '') : line)))).toEqual({ fault: expect.stringMatching(/has case \d twice/), runs: 1 });
  expect(take([]).fault).toContain('nothing in it');
  expect(take(good.slice(1)).fault).toMatch(/^1: /);
});

test('kill -9 in the middle of an import leaves whole runs, and doing it again brings the rest', async () => {
  const from = newStore();
  // Three transactions' worth.
  fill(from, 30, TOGETHER_CASES / 10);
  const folder = newFolder();
  const [file, db] = [join(folder, 'all.jsonl'), join(folder, 'new.db')];
  writeFileSync(file, lines(from).map((line) => `${line}\n`).join(''));
  const child = spawn(process.execPath, [PADDOCK, 'import', file, '--db', db], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const runs = (): number => {
    if (!existsSync(db)) return 0;
    try {
      using store = openStore(db, { mode: 'read' });
      return store.listRuns().length;
    } catch {
      return 0; // not yet a store
    }
  };
  while (runs() < 1 && child.exitCode === null) await sleep(5);
  child.kill('SIGKILL');
  await ended;
  {
    using store = openStore(db, { mode: 'write' });
    expect(store.faults()).toEqual([]);
    for (const run of store.listRuns()) expect([run.status, store.resultCount(run.id)]).toEqual(['done', TOGETHER_CASES / 10]);
    const importer = new Importer(store);
    for (const line of lines(from)) importer.take(line);
    importer.end();
    expect(history(store)).toEqual(history(from));
  }
});

test('CSV: one row a night, what was not measured empty, no formula', () => {
  const store = newStore();
  fill(store, 3);
  const series = store.history.series({ key: examplePlan(1)[0]?.key ?? '' }).find(({ metric }) => metric === 'latency_p50') as Series;
  const hostile: Series = { ...series, suite: HOSTILE };
  const csv = pointsHeader() + pointsRows(hostile, store.history.points(series));
  expect(csv.split('\r\n')[0]).toMatch(/^suite,key,model,.*,state,value,low,high,n,with_model/);
  expect(csv).toContain(',ok,10,9.9,10.1,3,');
  expect(csv).toContain(',failed,,,,,');
  expect(csv).not.toMatch(/(^|,)"?=cmd/m);
  expect(csv).toContain(',no,latency_p50,');
  expect(pointsRows({ ...series, case: { ...series.case, emulated: true } }, store.history.points(series))).toContain(',yes,latency_p50,');
});

test('OpenMetrics: base units, the night\'s own time, text that can not break out of a label, and an end', () => {
  const store = newStore();
  fill(store, 3);
  const latest = store.history.series().map((series) => ({ series: { ...series, case: { ...series.case, variant: 'a"b\\c\nd' } }, point: store.history.points(series).at(-1) }))
    .flatMap(({ series, point }) => (point === undefined ? [] : [{ series, point }]));
  const text = openMetrics(latest);
  expect(text.endsWith('# EOF\n')).toBe(true);
  expect(text).toContain('# TYPE paddock_latency_p50_seconds gauge\n# UNIT paddock_latency_p50_seconds seconds\n');
  expect(text).toMatch(/^paddock_latency_p50_seconds\{suite="example",model="m1",variant="a\\"b\\\\c\\nd",.*\} 0\.011 \d+$/m);
  expect(text).not.toContain('emulated=');
  const emulated = openMetrics(latest.map(({ series, point }) => ({ series: { ...series, case: { ...series.case, emulated: true } }, point })));
  for (const line of emulated.split('\n').filter((each) => each.includes('{'))) expect(line).toContain(',emulated="yes"');
  expect(text).toMatch(/^paddock_case_valid\{.*model="m0".*state="failed"\} 0 \d+$/m);
  for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (TYPE|UNIT|HELP|EOF)|paddock_[a-z0-9_]+\{)/i);
});

test('gc lets samples go in small steps and keeps every result; backup while a run writes is a whole store', async () => {
  const store = newStore();
  const plan = examplePlan(2);
  const night = addNight(store, 0, plan, exampleResult);
  for (let block = 0; block < 450; block++) store.addAttempt(exampleAttempt(night, plan[0]?.key ?? '', block));
  const before = lines(store);
  expect(store.oldSamples('2026-02-01')).toMatchObject({ launches: 450 });
  expect(store.oldSamples('2025-12-31').launches).toBe(0);
  expect(store.dropSamples('2026-02-01', 200)).toBe(200);
  const copy = join(newFolder(), 'copy.db');
  const copying = store.backup(copy);
  addNight(store, 1, plan, exampleResult);
  await copying;
  while (store.dropSamples('2026-02-01', 200) > 0);
  expect(store.oldSamples('2026-02-01')).toEqual({ launches: 0, bytes: 0 });
  expect([...store.attempts(night)]).toHaveLength(450);
  expect(lines(store).slice(0, before.length)).toEqual(before);
  using restored = openStore(copy, { mode: 'read' });
  expect(restored.faults()).toEqual([]);
  expect(restored.listRuns().map(({ id }) => id)).toContain(night);
});

test('kill -9 in the middle of gc loses no result, and doing it again goes on', async () => {
  const db = join(newFolder(), 'store.db');
  const plan = examplePlan(1);
  const before = (() => {
    using store = openStore(db, { mode: 'write' });
    const night = addNight(store, 0, plan, exampleResult);
    store.together(() => { for (let block = 0; block < 6000; block++) store.addAttempt({ ...exampleAttempt(night, plan[0]?.key ?? '', block), samplesNs: new Float64Array(300).fill(block) }); });
    return lines(store);
  })();
  const words = ['gc', '--keep-samples', '1s', '--db', db];
  const child = spawn(process.execPath, [PADDOCK, ...words], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const left = (): number => {
    using store = openStore(db, { mode: 'read' });
    return store.oldSamples('2026-06-01').launches;
  };
  while (left() === 6000 && child.exitCode === null) await sleep(2);
  child.kill('SIGKILL');
  await ended;
  {
    using store = openStore(db, { mode: 'read' });
    expect(store.faults()).toEqual([]);
    expect(lines(store)).toEqual(before);
  }
  await once(spawn(process.execPath, [PADDOCK, ...words], { stdio: 'ignore' }), 'exit');
  expect(left()).toBe(0);
});

test('a damaged store is found; a backup killed half-way leaves the one before and no half file under its name', async () => {
  const folder = newFolder();
  const db = join(folder, 'store.db');
  {
    using store = openStore(db, { mode: 'write' });
    fill(store, 60, 40);
  }
  const backup = join(folder, 'copies', 'backup.db');
  mkdirSync(join(folder, 'copies'));
  const call = async (...words: readonly string[]): Promise<number | null> => {
    const child = spawn(process.execPath, [PADDOCK, ...words], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  expect(await call('store', 'backup', backup, '--db', db)).toBe(0);
  const first = readFileSync(backup);
  const child = spawn(process.execPath, [PADDOCK, 'store', 'backup', backup, '--db', db], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (readdirSync(join(folder, 'copies')).length < 2 && child.exitCode === null) await sleep(1);
  child.kill('SIGKILL');
  await ended;
  expect(readFileSync(backup).equals(first)).toBe(true);
  expect(await call('store', 'check', '--db', backup)).toBe(0);
  const damaged = Buffer.from(first);
  damaged.fill(0xff, 40_000, 60_000);
  writeFileSync(join(folder, 'damaged.db'), damaged);
  expect(await call('store', 'check', '--db', join(folder, 'damaged.db'))).not.toBe(0);
});
