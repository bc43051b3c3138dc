// A year of nights: time to store one, to read one series and all of them, and size: npm run bench:history [-- --quick]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/domain/random.ts';
import { TOGETHER_CASES } from '../../src/history/import-lines.ts';
import { openStore } from '../../src/store/open-store.ts';
import { examplePlan, exampleResult } from '../store/example.ts';
import { addNight, nightId } from '../store/nights.ts';

const quick = process.argv.includes('--quick');
const [nights, cases] = quick ? [60, 100] : [365, 1000];
const folder = mkdtempSync(join(tmpdir(), 'paddock-bench-'));
const path = join(folder, 'bench.db');
const random = seededRandom('bench history');

function timed<T>(what: string, work: () => T): T {
  const startedMs = performance.now();
  const result = work();
  console.log(`${what}: ${(performance.now() - startedMs).toFixed(1)} ms, resident ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
  return result;
}

try {
  using store = openStore(path, { mode: 'write' });
  const plan = examplePlan(cases);
  const add = (night: number): string => addNight(store, night, plan, (planned) => {
    const row = exampleResult(planned);
    const factor = 1 + 0.02 * (random() + random() - 1);
    return { ...row, metrics: Object.fromEntries(Object.entries(row.metrics).map(([name, metric]) => [name, metric === undefined ? undefined : { ...metric, value: metric.value * factor }])) };
  });
  // Several nights in one transaction, as `paddock import` does it.
  timed(`storing ${nights - 1} nights of ${cases} cases`, () => {
    const group = Math.ceil(TOGETHER_CASES / cases);
    for (let first = 0; first < nights - 1; first += group) store.together(() => { for (let night = first; night < Math.min(first + group, nights - 1); night++) add(night); });
  });
  timed('storing one more night', () => add(nights - 1));
  console.log(`file: ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
  const series = timed('listing all series', () => store.history.series());
  const one = series[Math.floor(series.length / 2)];
  if (one === undefined) throw new Error('no series');
  timed('one series, every point with its environment', () => store.history.points(one).length);
  timed('the same again', () => store.history.points(one).length);
  timed(`valid values of all ${series.length} series`, () => series.reduce((sum, each) => sum + store.history.validValues(each).values.length, 0));
  timed('series of one run', () => store.history.series({ runId: nightId(nights - 1) }).length);
} finally {
  rmSync(folder, { recursive: true });
}
