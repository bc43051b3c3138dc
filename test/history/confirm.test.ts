import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { changeEventSchema, type ChangeEvent } from '../../src/domain/event.ts';
import { KeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import { expectClean, Place } from '../cli/paddock.ts';
import { lacks } from '../lacks.ts';
import { chainModel } from './chain-model.ts';

// Real nights and real A/Bs; only the suspicion is put in by hand, which takes twenty nights to come by itself (real-nights.test.ts has those).
const LIMIT_MS = 900_000;
const suite = (models: string): string => `suite: nightly
models: ${models}
runtimes: [{ id: onnxruntime }]
workloads: [{ id: w, scenario: single-stream }]
measure: { launches: 1, maxLaunches: 1, minSeconds: 0.1, maxSeconds: 0.2 }
gates: none
`;
const NET = suite('[{ id: net, weights: generated, variants: [{ id: fp32, file: m.onnx }] }]');

let place: Place;
const runs: string[] = [];
beforeAll(async () => {
  place = new Place('paddock confirm ');
  // Two nights of 6 products, then one of 7, which is a little slower, then 30 products, then 30 with other weights.
  for (const model of [chainModel(6), chainModel(6), chainModel(7), chainModel(30), chainModel(30, 'other')]) {
    place.write('m.onnx', model);
    const night = await place.run(NET);
    expectClean(night);
    expect(night.code, night.stderr).toBe(0);
  }
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  runs.push(...store.history.nights().map(({ id }) => id));
}, LIMIT_MS);
afterAll(() => { place[Symbol.dispose](); });

interface Asked {
  /** What is undecided takes all of it. */
  readonly budget?: string;
  readonly threads?: number;
  readonly before?: readonly string[];
}

/** Puts a suspicion of great slowness, of which what noise makes is a trifle, into the store and has it confirmed. */
async function confirmed(good: number, bad: number, { budget = '90s', threads = 1, before = [] }: Asked = {}): Promise<ChangeEvent> {
  const [lastGood = '', firstBad = ''] = [runs[good], runs[bad]];
  using store = openStore(place.path('store.sqlite'), { mode: 'write' });
  const key = store.history.series().find(({ case: c }) => c.options.threads === threads)?.key ?? '';
  const { id } = store.events.add({
    scope: 'case', suite: 'nightly', device: 'local', kind: 'regressed', state: 'suspected', noticed: firstBad, noticedAt: '2026-01-01T00:00:00Z', lastGood, firstBad, earliest: runs[good + 1] ?? '', latest: firstBad,
    cases: [key], series: [{ key, metric: 'latency_p50', ratio: 30, p: 1e-9, worse: true, firstBad, fixedBy: null }], changes: [], confirmation: null, acknowledgement: null, log: [],
  });
  const outcome = await place.call(['confirm', id, '--budget', budget, '--json', '--db', place.path('store.sqlite')], { timeoutMs: LIMIT_MS, before });
  expectClean(outcome);
  expect(outcome.code, outcome.stderr).toBe(0);
  const [event] = z.object({ confirmed: z.array(changeEventSchema) }).parse(JSON.parse(outcome.stdout)).confirmed;
  if (event === undefined) throw new Error('nothing was confirmed');
  return event;
}

test('of several changed nights, halving finds the one whose file made it slower, not one before that did a little', async () => {
  // What a busy machine left open is asked for again.
  let event = await confirmed(1, 4, { budget: '8min' });
  if (event.confirmation?.outcome === 'cannot-reproduce') event = await confirmed(1, 4, { budget: '8min' });
  expect(event, event.confirmation?.reason).toMatchObject({ state: 'confirmed', confirmation: { outcome: 'confirmed', base: runs[2], head: runs[3], cause: [{ field: 'model' }] } });
  expect(event.confirmation?.runIds.length).toBeGreaterThanOrEqual(2);
  expect(event.confirmation?.ratio).toBeGreaterThan(2);
}, 2 * LIMIT_MS);

test('a file that changed and runs as fast as before is no cause: refuted', async () => {
  let event = await confirmed(3, 4);
  // Of a hundred A/Bs of what is alike one may cry by chance; a fault of Paddock's would cry each time.
  for (let again = 0; again < 2 && event.confirmation?.outcome === 'confirmed'; again++) event = await confirmed(3, 4);
  // A busy machine may leave it open; what it may not do is confirm it.
  expect(event.confirmation?.outcome, event.confirmation?.reason).toMatch(/^(refuted|cannot-reproduce)$/);
  if (event.confirmation?.outcome === 'refuted') expect(event.state).toBe('refuted');
}, LIMIT_MS);

test('where nothing that can be put back changed, or a file is no longer kept, it says so', async () => {
  expect(await confirmed(0, 1)).toMatchObject({ state: 'suspected', confirmation: { outcome: 'cannot-reproduce', runIds: [], reason: expect.stringContaining('nothing that is recorded changed') } });
  rmSync(new KeptFiles(place.path('store.sqlite')).folder, { recursive: true });
  expect(await confirmed(2, 3)).toMatchObject({ state: 'suspected', confirmation: { outcome: 'cannot-reproduce', runIds: [], reason: expect.stringContaining('is not kept') } });
}, LIMIT_MS);

test.skipIf(lacks('a second core, and taskset', availableParallelism() > 1 && existsSync('/usr/bin/taskset'), 'apt-get install util-linux, on a machine of two cores'))(
  'usable cores of the device are put back by holding the harness on fewer; where the device gives fewer now, it says so', async () => {
    const twoThreads = NET.replace('{ id: onnxruntime }', '{ id: onnxruntime, threads: [2] }');
    place.write('m.onnx', chainModel(30, 'other'));
    for (const before of [[], ['taskset', '-c', '0,1'], ['taskset', '-c', '0']]) {
      expectClean(await place.run(twoThreads, [], { before }));
      using store = openStore(place.path('store.sqlite'), { mode: 'read' });
      runs.push(store.latestRun()?.id ?? '');
    }
    expect(await confirmed(6, 7, { threads: 2, before: ['taskset', '-c', '0'] })).toMatchObject({ state: 'suspected', confirmation: { outcome: 'cannot-reproduce', runIds: [], reason: expect.stringContaining('the device gives 1 now') } });
    const event = await confirmed(6, 7, { threads: 2, before: ['taskset', '-c', '0,1'] });
    // What one core makes of two threads is this machine's business, and its neighbours'.
    expect(event.confirmation, event.confirmation?.reason).toMatchObject({ runIds: [expect.any(String)] });
    if (event.state !== 'suspected') expect(event.confirmation?.cause).toEqual([{ field: 'cpus', from: '0-1', to: '0' }]);
    using store = openStore(place.path('store.sqlite'), { mode: 'read' });
    const held = new Map([...store.results(event.confirmation?.runIds[0] ?? '')].map(({ case: c, provenance }) => [c.model, (JSON.parse(provenance?.options ?? '{}') as { affinity?: number[] }).affinity]));
    expect(held).toEqual(new Map([['base', [0, 1]], ['head', [0]]]));
  }, LIMIT_MS);

test('A/B runs are no nights, and `latest` does not mean them', () => {
  using store = openStore(place.path('store.sqlite'), { mode: 'read' });
  expect(store.history.nights().map(({ id }) => id)).toEqual(runs);
  expect(store.latestRun()?.id).toBe(runs.at(-1));
  expect(store.listRuns().length).toBeGreaterThan(runs.length);
  expect(new Set(store.history.series().map(({ case: c }) => c.model))).toEqual(new Set(['net']));
});
