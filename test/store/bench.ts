// Time, memory and size of a store with many results: node test/store/bench.ts [COUNT]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openStore } from '../../src/store/open-store.ts';
import { packSeries, unpackSeries } from '../../src/store/samples.ts';
import { exampleAttempt, examplePlan, exampleResult, exampleRun, latencies } from './example.ts';

const count = Number(process.argv[2] ?? 100_000);
const path = join(mkdtempSync(join(tmpdir(), 'paddock-bench-')), 'bench.db');
const id = '20261122-061530-4f2a';

function timed<T>(what: string, work: () => T): T {
  const startedMs = performance.now();
  const result = work();
  console.log(`${what}: ${(performance.now() - startedMs).toFixed(1)} ms, resident ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
  return result;
}

{
  using store = openStore(path, { mode: 'write' });
  const plan = examplePlan(count);
  timed(`createRun with ${count} cases`, () => { store.createRun({ info: exampleRun(id), suite: '{}', devices: [], cases: plan }); });
  timed(`putResults of ${count}`, () => { store.putResults(id, Iterator.from(plan).map((planned) => ({ ordinal: planned.ordinal, result: exampleResult(planned) }))); });
  const attempts = 300;
  timed(`addAttempt ${attempts} times, 2000 samples each`, () => {
    for (let block = 0; block < attempts; block++) store.addAttempt(exampleAttempt(id, 'm0', block));
  });
}
console.log(`file: ${(statSync(path).size / 2 ** 20).toFixed(1)} MiB`);
{
  using store = openStore(path, { mode: 'read' });
  timed('results() twice', () => [1, 2].map(() => Iterator.from(store.results(id)).reduce((n) => n + 1, 0)));
}
rmSync(dirname(path), { recursive: true });
const series = latencies(100_000, 1);
const blob = timed('packSeries of 100,000', () => packSeries(series));
timed('unpackSeries', () => unpackSeries(blob));
console.log(`packed: ${(blob.length / series.length).toFixed(2)} bytes a sample`);
