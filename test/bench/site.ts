// A made-up year of nights: time to publish it, to publish one more night, size, memory, and time to the first useful view in Chromium from local files: npm run bench:site [-- --quick]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { METRIC_NAMES } from '../../src/domain/metric.ts';
import { environmentOf } from '../../src/domain/environment.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { insertRun, runSeq } from '../../src/store/run-table.ts';
import { CHROMIUM } from '../fixtures/report/chromium.ts';
import { Browser } from '../site/browser.ts';
import { labCases, labDevices, labResult, labRun, storeLabEvents, storeNight, type SyntheticLab } from '../site/synthetic.ts';

const quick = process.argv.includes('--quick');
const GOAL_MS = 1000;
const REPEATS = quick ? 3 : 7;

const ids = (what: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${what}-${i + 1}`);
/** 10 devices × 10 models × 5 variants × 2 delegates: 1,000 cases of 8 metrics. */
const LAB: SyntheticLab = {
  seed: 'synthetic year', firstNight: '2025-11-22T02:00:00.000Z', nights: quick ? 60 : 365, nightsWithResults: 1, withSamples: true,
  devices: ids('device', quick ? 4 : 10), models: ids('model', quick ? 5 : 10), variants: ids('variant', 5), delegates: ['cpu', 'npu'],
};

/** Writes all nights but the last as points, in bulk: the store's own way takes minutes for millions of rows. What is written is what it would write. */
function fillStore(path: string): number {
  openStore(path, { mode: 'write' }).close();
  using database = new Database(path, path, { access: 'write', busyTimeoutMs: 1000 });
  database.execute('PRAGMA synchronous = OFF');
  const plan = labCases(LAB);
  const random = seededRandom(LAB.seed);
  const noise = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  const devices = new Map(labDevices(LAB).map((facts) => [facts.id, facts]));
  const templates = plan.map((planned) => labResult(LAB, planned, 0, noise));
  const environments = new Map<string, number>();
  const series = new Map<string, number>();
  database.write(() => {
    for (const [subject, { key, case: one, metrics, provenance, unit, quality }] of templates.entries()) {
      database.run('INSERT INTO series_case (id, key, spec) VALUES (?, ?, ?)', subject + 1, key, JSON.stringify(one));
      for (const [metric, value] of Object.entries(metrics)) if (value !== undefined) series.set(`${subject} ${metric}`, database.run('INSERT INTO series (subject, metric, unit) VALUES (?, ?, ?)', subject + 1, metric, value.unit).rowid);
      const fields = JSON.stringify(environmentOf({ provenance, unit, quality }, devices.get(one.device), 'standard'));
      if (!environments.has(fields)) environments.set(fields, database.run('INSERT INTO environment (fields) VALUES (?)', fields).rowid);
    }
  });
  let points = 0;
  for (let night = 0; night < LAB.nights - 1; night++) {
    database.write(() => {
      const info = labRun(LAB, night);
      insertRun(database, { info, suite: '{}', devices: labDevices(LAB), cases: plan });
      const seq = runSeq(database, info.id);
      database.run('UPDATE run SET revision = ? WHERE seq = ?', info.id, seq);
      for (const [subject, { case: one, metrics, provenance, unit, quality, verdict, conditions }] of templates.entries()) {
        const environment = environments.get(JSON.stringify(environmentOf({ provenance, unit, quality }, devices.get(one.device), 'standard'))) ?? null;
        database.run('INSERT INTO case_point (subject, run, state, reason, environment, temperature, pressure, steal, throttled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
          subject + 1, seq, verdict.status, verdict.reasons[0]?.message ?? null, environment, conditions?.temperatureMaxC ?? null, conditions?.cpuPressureMax ?? null, null, conditions?.throttleEvents ?? null);
        for (const metric of METRIC_NAMES) {
          const value = metrics[metric];
          if (value === undefined) continue;
          const factor = Math.exp(0.013 * noise());
          database.run('INSERT INTO metric_point (series, run, value, low, high, n) VALUES (?, ?, ?, ?, ?, ?)', series.get(`${subject} ${metric}`) ?? 0, seq, value.value * factor, value.low === null ? null : value.low * factor, value.high === null ? null : value.high * factor, value.n);
          points++;
        }
      }
    });
  }
  return points;
}

/** `paddock publish` in a process of its own: seconds, its peak memory, and what it wrote. */
async function publish(store: string, site: string): Promise<{ readonly seconds: number; readonly peakMiB: number; readonly written: number; readonly files: number; readonly mib: number; readonly series: number }> {
  const script = `const { publishSite } = await import(${JSON.stringify(new URL('../../src/site/publish.ts', import.meta.url).href)}); const { readPageParts } = await import(${JSON.stringify(new URL('../../src/site/page-parts.ts', import.meta.url).href)}); const { openStore } = await import(${JSON.stringify(new URL('../../src/store/open-store.ts', import.meta.url).href)});
    const store = openStore(process.argv[1], { mode: 'read' }); const page = await readPageParts(process.argv[3]); const began = performance.now();
    const outcome = await publishSite(store, { folder: process.argv[2], page, scorecard: null, signal: new AbortController().signal });
    console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024, written: outcome.written, files: outcome.files, mib: outcome.bytesWritten / 2 ** 20, series: outcome.series }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, store, site, new URL('../..', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const code = await new Promise((done) => { child.once('close', done); });
  if (code !== 0) throw new Error(`publishing ended with ${String(code)}`);
  return JSON.parse(output) as Awaited<ReturnType<typeof publish>>;
}

function sizeOf(folder: string): { readonly mib: number; readonly files: number } {
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return { mib: sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20, files: sizes.length };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** From the start of the navigation to the page's own mark after drawing what the address asks for, in a fresh browser each time; and the page's memory then. */
async function views(site: string, hash: string): Promise<{ readonly ms: readonly number[]; readonly heapMiB: number; readonly loadedKiB: number }> {
  const ms: number[] = [];
  let heapMiB = 0;
  let loadedKiB = 0;
  for (let i = 0; i < REPEATS; i++) {
    await using browser = await Browser.start(CHROMIUM ?? '');
    const tab = await browser.tab();
    await tab.open(`${pathToFileURL(join(site, 'index.html')).href}#/${hash}`);
    ms.push(Number(await tab.evaluate(`performance.getEntriesByName('paddock:view')[0].startTime`)));
    await tab.send('HeapProfiler.collectGarbage');
    heapMiB = ((await tab.send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize / 2 ** 20;
    loadedKiB = tab.requests.filter((url) => url.startsWith('file:')).reduce((sum, url) => sum + statSync(new URL(url.replace(/#.*$/, ''))).size, 0) / 1024;
  }
  return { ms, heapMiB, loadedKiB };
}

const folder = mkdtempSync(join(tmpdir(), 'paddock-bench-'));
try {
  const [store, site] = [join(folder, 'store.sqlite'), join(folder, 'site')];
  const points = fillStore(store);
  storeLabEvents(store, LAB);
  console.log(`synthetic store: ${LAB.nights - 1} nights, ${points.toLocaleString('en')} points, ${(statSync(store).size / 2 ** 20).toFixed(0)} MiB${quick ? ' (--quick: a smaller one; the goal is for the whole)' : ''}`);
  const first = await publish(store, site);
  const line = (what: string, { seconds, written, files, mib, peakMiB }: typeof first): void => { console.log(`${what}: ${seconds.toFixed(2)} s; ${written} files written, ${mib.toFixed(1)} MiB, of ${files}; peak memory ${peakMiB.toFixed(0)} MiB`); };
  line(`publishing ${LAB.nights - 1} nights × ${first.series} series`, first);
  storeNight(store, LAB, LAB.nights - 1);
  line('publishing one more night, with results and latencies', await publish(store, site));
  line('publishing with nothing new', await publish(store, site));
  const size = sizeOf(site);
  console.log(`size: ${size.mib.toFixed(1)} MiB in ${size.files} files (those of the publication before among them)`);
  if (CHROMIUM === null) throw new Error('no Chromium here: apt-get install chromium');
  const key = encodeURIComponent(labCases(LAB)[0]?.key ?? '');
  for (const [what, hash] of [['the last night', ''], ['matrix', 'matrix'], ['trend of a year', `trend?case=${key}&span=all`], ['case', `case?case=${key}`]] as const) {
    const { ms, heapMiB, loadedKiB } = await views(site, hash);
    const goal = hash === '' ? `; goal under ${GOAL_MS} ms: ${median(ms) < GOAL_MS ? 'met' : `MISSED by ${(median(ms) - GOAL_MS).toFixed(0)} ms`}` : '';
    console.log(`first view, ${what}: median ${median(ms).toFixed(0)} ms of ${ms.length} (${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}); ${loadedKiB.toFixed(0)} KiB loaded; JavaScript heap ${heapMiB.toFixed(1)} MiB${goal}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
