import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, nightId } from '../store/nights.ts';
import { examplePlan, exampleResult } from '../store/example.ts';

const WRITER = new URL('night-writer.ts', import.meta.url).pathname;
const NIGHTS = 60;

function writer(path: string, first: number, step: number) {
  const child = spawn(process.execPath, [WRITER, path, String(first), String(step), String(NIGHTS)], { stdio: ['pipe', 'pipe', 'inherit'] });
  return { child, ready: once(child.stdout, 'data'), end: once(child, 'exit').then(([code]) => code as number | null) };
}

test('two processes store and judge the nights of one suite at once: no night is lost or doubled, and the change is told once', async () => {
  const path = join(newFolder(), 'store.db');
  openStore(path, { mode: 'write' }).close();
  const codes = await Promise.all([writer(path, 0, 2), writer(path, 1, 2)].map(async ({ end }) => end));
  expect(codes).toEqual([0, 0]);
  using store = openStore(path, { mode: 'read' });
  expect(store.faults()).toEqual([]);
  expect(store.history.nights().map(({ id }) => id)).toEqual(Array.from({ length: NIGHTS }, (_, night) => nightId(night)));
  const series = store.history.series();
  expect(series).toHaveLength(4);
  for (const one of series) expect(store.history.validValues(one).runIds).toHaveLength(NIGHTS);
  const events = store.events.list();
  expect(events.map(({ kind, cases }) => [kind, cases.length])).toEqual([['regressed', 1]]);
  expect(events[0]?.series.map(({ metric }) => metric)).toEqual(['latency_p50']);
});

test('two processes that judge the same night at the same moment tell its change once', async () => {
  const path = join(newFolder(), 'store.db');
  {
    using store = openStore(path, { mode: 'write' });
    for (let night = 0; night < NIGHTS; night++) {
      addNight(store, night, examplePlan(1), (planned) => ({ ...exampleResult(planned), metrics: { latency_p50: { value: (night >= 40 ? 6 : 5) + 0.01 * (night % 7), low: null, high: null, n: 2, unit: 'ms', method: 'm' } } }));
    }
  }
  const writers = [1, 2, 3].map(() => writer(path, NIGHTS - 1, 0));
  await Promise.all(writers.map(({ ready }) => ready));
  for (const { child } of writers) child.stdin.end('go\n');
  expect(await Promise.all(writers.map(({ end }) => end))).toEqual([0, 0, 0]);
  using store = openStore(path, { mode: 'read' });
  expect(store.events.list()).toMatchObject([{ kind: 'regressed', series: [{ metric: 'latency_p50', firstBad: nightId(40) }] }]);
});
