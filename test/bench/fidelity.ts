/**
 * `npm run bench:fidelity`: do the harness apps measure what a plain C loop over the same library measures? The loop (plain-loop.c), the same loop once more, the
 * native and the Node harness run the same model on the same input, one thread, in short turns one after the other inside one launch, so that what slows the machine
 * slows all alike; a launch is a fresh process of each. Each line has the ratio of medians over matched turns and the difference in us, the same of the fastest tenth
 * of a launch's inferences, and the processor time an inference takes the process with all it does around it (reading requests, writing answers: more than is timed).
 * What the loop has against itself is what this machine can tell apart now. Exits with 1 when a goal is missed.
 *
 *   --quick            fewer and shorter launches, to see that it works
 *   --launches N       launches of each model
 *   --core N           hold all on one core (Node's helper threads too, so that they compete with what is timed)
 *   --node PATH        the Node that runs the Node harness; by default the one that runs this
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileNative, compilerHere } from '../../harness-apps/native/compile.ts';
import { seededRandom, shuffled } from '../../src/domain/random.ts';
import { HarnessClient } from '../../src/harness/client.ts';
import { LineSplitter } from '../../src/harness/lines.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import { quantileOfSorted } from '../../src/stats/quantile-interval.ts';
import { median } from '../../src/stats/summary.ts';
import { localTransport } from '../../src/transport/local.ts';
import { bundleNodeHarness } from '../harness-conformance/bundle.ts';
import { TRAINED_MODELS } from '../harness-conformance/models.ts';
import { ORT_LIBRARY } from '../harness-conformance/native.ts';
import { makeSample, type SampleTensor } from '../harness-conformance/sample.ts';
import type { ConformanceModel } from '../harness-conformance/suite.ts';
import { encoderFile } from './encoder.ts';

const MS = 120_000;
const ALPHA = 0.05;
/** Long enough that caches are warm for most of it, short enough that a neighbour's burst hits whole rounds. */
const TURN_MS = 40;
const LEAST_IN_TURN = 4;
const GOAL_NATIVE = 1.01;
const GOAL_NODE = 1.03;
const FROM_MS = 1;
const GOAL_NATIVE_US = 1;
/** ONNX's numbers of the element types that occur here. */
const TYPES: Readonly<Record<string, number>> = { float32: 1, int64: 7 };

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false }, launches: { type: 'string' }, core: { type: 'string' }, node: { type: 'string', default: process.execPath } } });
const launches = Number(flags.launches ?? (flags.quick ? 4 : 24));
const launchMs = flags.quick ? 1200 : 2400;
const affinity = flags.core === undefined ? undefined : [Number(flags.core)];
const { signal } = new AbortController();

/** One program under test, with the model loaded. */
interface Runner extends AsyncDisposable {
  readonly pid: number;
  /** Latencies of so many inferences back to back, ns. */
  run(count: number): Promise<readonly number[] | Float64Array>;
}

const folder = mkdtempSync(join(tmpdir(), 'paddock-fidelity-'));
const { folder: bundle, path: script } = await bundleNodeHarness();

function compileLoop(path: string): void {
  const [program = 'cc', ...rest] = compilerHere();
  const { status, stderr } = spawnSync(program, [...rest, '-std=c11', '-D_GNU_SOURCE', '-O2', '-isystem', 'harness-apps/native/onnxruntime', 'test/bench/plain-loop.c', '-o', path, '-ldl'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the plain loop does not compile: ${stderr}`);
}

async function plainLoop(model: ConformanceModel, sample: readonly SampleTensor[]): Promise<Runner> {
  const inputs = sample.flatMap(({ name, dtype, shape, bytes }, index) => {
    const path = join(folder, `${index}.bin`);
    writeFileSync(path, bytes);
    return [name, String(TYPES[dtype]), shape.length === 0 ? '-' : shape.join(','), path];
  });
  const held = affinity === undefined ? [] : ['taskset', '-c', affinity.join()];
  const child = await localTransport.exec([...held, join(folder, 'plain-loop'), ORT_LIBRARY, model.path ?? '', ...inputs], { signal });
  const lines = linesOf(child.stdout);
  return {
    pid: child.pid ?? 0,
    run: async (count) => {
      await child.write(`${count}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the plain loop ended');
      return value.split(' ').map(Number);
    },
    [Symbol.asyncDispose]: () => child.kill(),
  };
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const splitter = new LineSplitter();
  for await (const chunk of stream) yield* splitter.push(chunk);
}

async function harness(argv: readonly string[], model: ConformanceModel, sample: readonly SampleTensor[]): Promise<Runner> {
  const client = await HarnessClient.start(localTransport, argv, { signal, helloTimeoutMs: MS });
  await client.load({ runtime: 'onnxruntime', model: model.path, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all', ...(affinity === undefined ? {} : { affinity }) } }, MS);
  await client.inputs({ samples: [sample.map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }))] }, MS);
  return {
    pid: client.process.pid ?? 0,
    run: async (count) => (await client.run({ scenario: 'single-stream', count, durationNs: 1e12, callsPerQuery: 1 }, MS)).latenciesNs,
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

const PROGRAMS: Readonly<Record<string, (model: ConformanceModel, sample: readonly SampleTensor[]) => Promise<Runner>>> = {
  loop: plainLoop,
  'loop again': plainLoop,
  native: (model, sample) => harness([join(folder, 'harness-native'), '--library', ORT_LIBRARY, 'onnxruntime'], model, sample),
  node: (model, sample) => harness([flags.node, script, 'onnxruntime'], model, sample),
};
const NAMES = Object.keys(PROGRAMS);

/** One program's turn: its latencies, their median, and the processor time of its main thread for each inference, with all that it did for the turn. */
interface Turn { readonly latenciesNs: Float64Array; readonly latencyNs: number; readonly cpuNs: number }
/** By program, in the order of the rounds. */
type Turns = Readonly<Record<string, readonly Turn[]>>;

/** Nanoseconds that a process's main thread ran (Linux Documentation/scheduler/sched-stats.rst). Time that others had the processor is not in it, so it holds on a busy machine too. */
function cpuNsOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')[0]);
}

async function turnOf(runner: Runner, count: number): Promise<Turn> {
  const from = cpuNsOf(runner.pid);
  const latencies = await runner.run(count);
  // The first inference finds the caches full of another process.
  const kept = Float64Array.from(latencies).subarray(1);
  return { latenciesNs: kept, latencyNs: median(kept), cpuNs: (cpuNsOf(runner.pid) - from) / count };
}

async function launch(model: ConformanceModel, seed: string): Promise<Turns> {
  const random = seededRandom(seed);
  const sample = makeSample(model, 0);
  await using stack = new AsyncDisposableStack();
  const runners = new Map<string, Runner>();
  // In another order each time: who loads first gets other memory.
  for (const name of shuffled(NAMES, random)) runners.set(name, stack.use(await (PROGRAMS[name] ?? plainLoop)(model, sample)));
  const turns: Record<string, Turn[]> = Object.fromEntries(NAMES.map((name) => [name, []]));
  let inTurn = LEAST_IN_TURN;
  const end = performance.now() + launchMs;
  for (let round = 0; performance.now() < end || round < 5; round++) {
    for (const name of shuffled(NAMES, random)) {
      const runner = runners.get(name);
      if (runner === undefined) throw new Error(`no ${name} is running`);
      const turn = await turnOf(runner, inTurn);
      // The first round warms up, and tells how many inferences make a turn.
      if (round > 0) turns[name]?.push(turn);
      else inTurn = Math.max(inTurn, Math.ceil((TURN_MS * 1e6) / turn.latencyNs));
    }
  }
  return turns;
}

interface Estimate { readonly value: number; readonly low: number; readonly high: number }

/** Over launches, of what each launch's rounds say in the middle. */
function estimate(perLaunch: readonly number[], back: (value: number) => number): Estimate {
  const { estimate: value, low, high } = pairedDifference(perLaunch, ALPHA);
  return { value: back(value), low: back(low ?? Number.NEGATIVE_INFINITY), high: back(high ?? Number.POSITIVE_INFINITY) };
}

function against(launched: readonly Turns[], name: string, how: (own: Turn, plain: Turn) => number): number[] {
  return launched.map((turns) => {
    const pairs = (turns[name] ?? []).flatMap((own, round) => {
      const plain = turns['loop']?.[round];
      return plain === undefined ? [] : [how(own, plain)];
    });
    return median(pairs);
  });
}

/** The latency that a tenth of a launch's inferences stay below: what nobody else interrupted, on a busy machine too. */
function fastTenthNs(turns: readonly Turn[]): number {
  return quantileOfSorted(Float64Array.from(turns.flatMap((turn) => [...turn.latenciesNs])).toSorted(), 0.1);
}

type Outcome = 'met' | 'MISSED' | 'open';
function judge({ low, high }: Estimate, goal: number): Outcome {
  return high <= goal ? 'met' : low > goal ? 'MISSED' : 'open';
}

let missed = 0;
function tell(model: ConformanceModel, results: readonly Turns[]): void {
  const plainMs = median(results.map((turns) => median((turns['loop'] ?? []).map((turn) => turn.latencyNs)))) / 1e6;
  console.log(`\n${model.name}: plain loop ${plainMs.toPrecision(4)} ms (median of ${results.length} launches)`);
  for (const name of NAMES.slice(1)) {
    const ratio = estimate(against(results, name, (own, plain) => Math.log(own.latencyNs / plain.latencyNs)), Math.exp);
    const cpu = estimate(against(results, name, (own, plain) => Math.log(own.cpuNs / plain.cpuNs)), Math.exp);
    const differenceUs = estimate(against(results, name, (own, plain) => own.latencyNs - plain.latencyNs), (ns) => ns / 1000);
    const fast = results.map((turns) => [fastTenthNs(turns[name] ?? []), fastTenthNs(turns['loop'] ?? [])] as const);
    const fastRatio = estimate(fast.map(([own, plain]) => Math.log(own / plain)), Math.exp);
    const fastUs = estimate(fast.map(([own, plain]) => own - plain), (ns) => ns / 1000);
    const long = plainMs >= FROM_MS;
    const bound = name === 'native' ? (long ? GOAL_NATIVE : GOAL_NATIVE_US) : name === 'node' && long ? GOAL_NODE : null;
    let words = '';
    if (bound !== null) {
      // Where the medians can't tell, because others had the processor, the fastest tenth may.
      const byMedian = judge(long ? ratio : differenceUs, bound);
      const outcome = byMedian === 'open' ? judge(long ? fastRatio : fastUs, bound) : byMedian;
      if (outcome === 'MISSED') missed++;
      words = `goal ${long ? `<= ${bound}` : `<= +${bound} us`}: ${outcome}${byMedian === 'open' && outcome !== 'open' ? ' (by the fastest tenth)' : ''}`;
    }
    const between = ({ value, low, high }: Estimate, digits: number): string => `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
    console.log(`  ${name.padEnd(11)} medians ${between(ratio, 4)}, ${between(differenceUs, 2)} us;  fastest tenth ${between(fastRatio, 4)}, ${between(fastUs, 2)} us;  CPU time ${between(cpu, 4)};  ${words}`.replace(/;\s+$/, ''));
  }
}

const TINY = { layers: 2, hidden: 128, heads: 2, inner: 512, words: 30_522, length: 128 } as const;
const encoder: ConformanceModel = {
  name: 'BERT-tiny\'s shape (generated weights)', path: join(folder, 'encoder.onnx'), outputs: [],
  inputs: [{ name: 'input_ids', dtype: 'int64', shape: [1, 128] }, { name: 'attention_mask', dtype: 'int64', shape: [1, 128] }], shapes: { input_ids: [1, 128], attention_mask: [1, 128] }, constants: { input_ids: 7, attention_mask: 1 },
};

try {
  compileLoop(join(folder, 'plain-loop'));
  compileNative(compilerHere(), join(folder, 'harness-native'), 'release');
  writeFileSync(encoder.path ?? '', encoderFile(TINY));
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1) ?? '?'}, Node ${process.version}; ${launches} launches a model${affinity === undefined ? '' : `, held on core ${affinity.join()}`}`);
  for (const model of [...TRAINED_MODELS, encoder]) {
    const results: Turns[] = [];
    for (let i = 0; i < launches; i++) results.push(await launch(model, `${model.name}/${i}`));
    tell(model, results);
  }
  console.log(missed === 0 ? '\nno goal is missed ("open": the goal is inside the interval, so this machine can\'t tell now)' : `\n${missed} goals are missed`);
} finally {
  rmSync(folder, { recursive: true });
  rmSync(bundle, { recursive: true });
}
process.exitCode = missed === 0 ? 0 : 1;
