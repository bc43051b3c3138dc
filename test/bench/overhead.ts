/**
 * `npm run bench:overhead`: what measuring itself costs. Prints a table with goals; exits 1 when one is missed.
 * 1. The harness's own time per call (null runtime), as a share of a model of 1 ms.
 * 2. CPU time of the orchestrator while a launch measures in batches of 0.5 s, as a share of one core.
 * 3. What a launch costs beyond loading the model.
 */
import { rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { HarnessClient } from '../../src/harness/client.ts';
import { localTransport } from '../../src/transport/local.ts';
import { bundleNodeHarness } from '../harness-conformance/bundle.ts';
import { NO_MODEL, TRAINED_MODELS } from '../harness-conformance/models.ts';
import { makeSample } from '../harness-conformance/sample.ts';

const MS = 60_000;
const BATCH_NS = 0.5e9;
const BATCHES = 20;
const LAUNCHES = 9;
const MODEL_NS = 1e6;
const MEMORY_LIMIT_BYTES = 4 * 2 ** 30;

interface Row { readonly what: string; readonly value: string; readonly goal: string; readonly met: boolean | null }

const { folder, path } = await bundleNodeHarness();
const signal = new AbortController().signal;
const start = (...runtimes: string[]): Promise<HarnessClient> =>
  HarnessClient.start(localTransport, [process.execPath, path, ...runtimes], { signal, helloTimeoutMs: MS, memoryLimitBytes: MEMORY_LIMIT_BYTES });

const median = (values: readonly number[] | Float64Array): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Two clock readings and an empty call, per query; and the whole loop around them. */
async function nullCall(): Promise<Row[]> {
  await using client = await start('null');
  await client.load({ runtime: 'null', model: null, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, MS);
  await client.inputs({ samples: [[]] }, MS);
  const inside: number[] = [];
  const whole: number[] = [];
  for (let i = 0; i < 9; i++) {
    const { latenciesNs, startNs, endNs } = await client.run({ scenario: 'single-stream', count: 200_000, durationNs: 10e9, callsPerQuery: 1 }, MS);
    inside.push(latenciesNs.reduce((sum, each) => sum + each, 0) / latenciesNs.length);
    whole.push((endNs - startNs) / latenciesNs.length);
  }
  const share = median(inside) / MODEL_NS;
  const wholeShare = median(whole) / MODEL_NS;
  return [
    { what: 'null runtime: time inside a latency', value: `${median(inside).toFixed(0)} ns = ${(100 * share).toFixed(4)} % of 1 ms`, goal: '<= 0.1 %', met: share <= 0.001 },
    { what: 'null runtime: whole loop per query', value: `${median(whole).toFixed(0)} ns = ${(100 * wholeShare).toFixed(4)} % of 1 ms`, goal: '<= 0.1 %', met: wholeShare <= 0.001 },
  ];
}

/** CPU of this process while the harness measures: waiting, the memory watch, parsing and checking latencies. */
async function orchestratorCpu(model: (typeof TRAINED_MODELS)[number]): Promise<Row> {
  await using client = await start('onnxruntime');
  await client.load({ runtime: 'onnxruntime', model: model.path, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, MS);
  await client.inputs({ samples: [makeSample(model, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }))], ...(model.carry === undefined ? {} : { carry: model.carry }) }, MS);
  const run = () => client.run({ scenario: 'single-stream', count: 2e9, durationNs: BATCH_NS, callsPerQuery: 1 }, MS);
  for (let i = 0; i < 4; i++) await run();
  const cpuFrom = process.cpuUsage();
  const from = performance.now();
  let samples = 0;
  for (let i = 0; i < BATCHES; i++) samples += (await run()).latenciesNs.length;
  const { user, system } = process.cpuUsage(cpuFrom);
  const tookMs = performance.now() - from;
  const share = (user + system) / 1000 / tookMs;
  return {
    what: `orchestrator CPU, ${model.name} (${((1000 * samples) / tookMs).toFixed(0)} samples/s)`,
    value: `${(100 * share).toFixed(2)} % of a core`, goal: '<= 1 %', met: share <= 0.01,
  };
}

async function launchCost(runtime: 'onnxruntime' | 'null', model: (typeof TRAINED_MODELS)[number]): Promise<Row[]> {
  const parts = { 'spawn to hello': [] as number[], 'load beyond init': [] as number[], 'bye to exit': [] as number[] };
  for (let i = 0; i < LAUNCHES; i++) {
    const t0 = performance.now();
    await using client = await start(runtime);
    const t1 = performance.now();
    const { initNs } = await client.load({ runtime, model: model.path, delegate: 'cpu', options: { threads: 1, graphOptimization: 'all' } }, MS);
    const t2 = performance.now();
    await client.bye(MS);
    const t3 = performance.now();
    parts['spawn to hello'].push(t1 - t0);
    parts['load beyond init'].push(t2 - t1 - initNs / 1e6);
    parts['bye to exit'].push(t3 - t2);
  }
  return Object.entries(parts).map(([what, values]) => ({ what: `launch (${runtime}): ${what}`, value: `${median(values).toFixed(1)} ms`, goal: '', met: null }));
}

const rows: Row[] = [];
try {
  rows.push(...await nullCall());
  for (const model of TRAINED_MODELS.filter(({ name }) => !name.includes('recognition'))) rows.push(await orchestratorCpu(model));
  rows.push(...await launchCost('onnxruntime', TRAINED_MODELS[0] ?? NO_MODEL), ...await launchCost('null', NO_MODEL));
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}\n`);
const verdict = (met: boolean | null): string => (met === null ? '' : met ? 'met' : 'MISSED');
for (const { what, value, goal, met } of rows) console.log(`${what.padEnd(64)}  ${value.padEnd(28)}  ${goal.padEnd(10)} ${verdict(met)}`.trimEnd());
process.exitCode = rows.some(({ met }) => met === false) ? 1 : 0;
