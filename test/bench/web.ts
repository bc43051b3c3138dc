/**
 * `npm run bench:web [-- --quick]`: what the web harness adds, in a real Chromium. Its own share of a call (null runtime), and its times beside those of a hand-written page
 * that times the same `session.run` loop, as ratios of interleaved pairs in mirrored order. Exits 1 where the goal is missed.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HarnessClient } from '../../src/harness/client.ts';
import { sha256OfFile } from '../../src/harness/model-file.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import { median } from '../../src/stats/summary.ts';
import { openWebHost, type WebHost } from '../../src/transport/web-host.ts';
import { Browser, MEMORY_AT_ONCE, type Tab } from '../chromium.ts';
import { TRAINED_MODELS } from '../harness-conformance/models.ts';
import { makeSample } from '../harness-conformance/sample.ts';
import type { ConformanceModel } from '../harness-conformance/suite.ts';

const GOAL = 0.02;
const MS = 120_000;
const quick = process.argv.includes('--quick');
const PAIRS = quick ? 40 : 400;
/** Time of one side of a pair: short beside the seconds for which a neighbour slows this machine, so that both sides of a pair are slowed alike. */
const SIDE_MS = 100;
const WARM_UPS = quick ? 20 : 100;
const ROOT = new URL('../..', import.meta.url).pathname;

/** The released page with the hand-written one beside it, so that both are served alike. */
function pageFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-bench-web-'));
  const dist = join(ROOT, 'dist', 'web');
  for (const name of readdirSync(dist)) copyFileSync(join(dist, name), join(folder, name));
  for (const name of readdirSync(join(ROOT, 'test/bench/web')).filter((each) => each.startsWith('plain'))) copyFileSync(join(ROOT, 'test/bench/web', name), join(folder, name));
  copyFileSync(join(ROOT, 'node_modules/onnxruntime-web/dist/ort.wasm.min.mjs'), join(folder, 'ort.wasm.min.mjs'));
  return folder;
}

async function harness(host: WebHost, browser: Browser): Promise<HarnessClient> {
  const { signal } = new AbortController();
  const visit = host.admit({ device: 'chromium', signal, connectTimeoutMs: MS });
  const tab = await browser.open(`${host.origin}${visit.path}`);
  const process = await visit.connected;
  void process.exited.then(() => tab.close());
  return HarnessClient.start({ exec: () => Promise.resolve(process) }, [], { signal, helloTimeoutMs: MS });
}

async function ask(tab: Tab, message: object): Promise<{ readonly medianMs?: number }> {
  const answer = (await tab.command('Runtime.evaluate', { expression: `ask(${JSON.stringify(message)})`, awaitPromise: true, returnByValue: true })) as { readonly result?: { readonly result?: { readonly value?: { readonly medianMs?: number } }; readonly exceptionDetails?: unknown } };
  if (answer.result?.exceptionDetails !== undefined || answer.result?.result?.value === undefined) throw new Error(`the hand-written page failed: ${JSON.stringify(answer).slice(0, 500)}`);
  return answer.result.result.value;
}

/** A tab is told of before its page is there. */
async function untilThere(tab: Tab): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (JSON.stringify(await tab.command('Runtime.evaluate', { expression: 'typeof ask' })).includes('"function"')) return;
    await sleep(100);
  }
  throw new Error('the hand-written page did not load within 30 s');
}

interface Side {
  readonly calls: number;
  /** Calls that each time is the mean of: as many on both sides, as means and single times have other medians. */
  readonly groupSize: number;
}

/** Median time of a call, ms. */
async function plainMs(tab: Tab, { calls, groupSize }: Side): Promise<number> {
  const { medianMs } = await ask(tab, { groups: Math.ceil(calls / groupSize), groupSize });
  if (medianMs === undefined) throw new Error('the hand-written page told no time');
  return medianMs;
}

async function harnessMs(client: HarnessClient, { calls, groupSize }: Side): Promise<number> {
  const batch = await client.run({ scenario: 'single-stream', count: Math.ceil(calls / groupSize), durationNs: 60e9, callsPerQuery: 1 }, MS);
  if ((batch.groupSize ?? 1) !== groupSize) throw new Error(`the harness timed groups of ${batch.groupSize ?? 1} where it was ${groupSize} before: the machine is too busy to compare`);
  return median(batch.latenciesNs) / 1e6;
}

/** Runs both warm, which WebAssembly needs (it is compiled again, faster, while it runs), and gives what a side has in its time. */
async function warm(client: HarnessClient, tab: Tab): Promise<Side> {
  let side: Side = { calls: 3, groupSize: 1 };
  for (let i = 0; i < WARM_UPS; i++) {
    const { latenciesNs, groupSize = 1 } = await client.run({ scenario: 'single-stream', count: 20_000, durationNs: SIDE_MS * 1e6, callsPerQuery: 1 }, MS);
    side = { groupSize, calls: groupSize * Math.max(3, Math.round((SIDE_MS * 1e6) / (groupSize * median(latenciesNs)))) };
    await plainMs(tab, side);
  }
  return side;
}

interface Row { readonly what: string; readonly value: string; readonly goal: string; readonly met: boolean | null }

async function nullShare(host: WebHost): Promise<Row> {
  await using browser = new Browser('about:blank', [MEMORY_AT_ONCE]);
  await using client = await harness(host, browser);
  await client.load({ runtime: 'null', delegate: 'cpu', model: null, options: { threads: 1, graphOptimization: 'all' } }, MS);
  await client.inputs({ samples: [[]] }, MS);
  await client.run({ scenario: 'single-stream', count: 2000, durationNs: 1e9, callsPerQuery: 1 }, MS);
  const { latenciesNs, groupSize = 1 } = await client.run({ scenario: 'single-stream', count: 2000, durationNs: 2e9, callsPerQuery: 1 }, MS);
  return { what: `own share of a call (null runtime, awaited, means of ${groupSize}; clock steps of ${client.hello.clockResolutionNs} ns)`, value: `${median(latenciesNs).toFixed(0)} ns`, goal: '', met: null };
}

/** Each side in a browser of its own, so that neither page is ever hidden. */
async function compare(host: WebHost, model: ConformanceModel, threads: number): Promise<Row> {
  const path = host.offer(model.path ?? '', await sha256OfFile(model.path ?? ''));
  const inputs = makeSample(model, 0).map(({ bytes, ...tensor }) => ({ ...tensor, data: bytes.toString('base64') }));
  await using one = new Browser('about:blank', [MEMORY_AT_ONCE]);
  await using other = new Browser();
  await using client = await harness(host, one);
  await client.load({ runtime: 'onnxruntime', delegate: 'cpu', model: path, options: { threads, graphOptimization: 'all' } }, MS);
  await client.inputs({ samples: [inputs] }, MS);
  const tab = await other.open(`${host.origin}/plain.html`);
  await untilThere(tab);
  await ask(tab, { model: path, threads, inputs });
  const side = await warm(client, tab);
  const { calls, groupSize } = side;
  const differences: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const sides = pair % 2 === 0 ? [await plainMs(tab, side), await harnessMs(client, side)] : [await harnessMs(client, side), await plainMs(tab, side)].reverse();
    differences.push(Math.log((sides[1] ?? Number.NaN) / (sides[0] ?? Number.NaN)));
  }
  const { estimate, low, high } = pairedDifference(differences, 0.05);
  const percent = (value: number | null): string => value === null ? 'unknown' : `${(100 * (Math.exp(value) - 1)).toFixed(2)} %`;
  return { what: `${model.name}, ${threads} thread${threads === 1 ? '' : 's'}: harness over a hand-written loop, ${PAIRS} pairs of ${calls} calls${groupSize === 1 ? '' : ` in groups of ${groupSize}`}`, value: `${percent(estimate)} (${percent(low)} to ${percent(high)})`, goal: `within ${100 * GOAL} %`, met: decided(low, high) };
}

/** Null where the interval lies on both sides of the goal: more pairs, or a quieter machine, would tell. */
function decided(low: number | null, high: number | null): boolean | null {
  if (low === null || high === null) return null;
  if (low >= Math.log(1 - GOAL) && high <= Math.log(1 + GOAL)) return true;
  return low > Math.log(1 + GOAL) || high < Math.log(1 - GOAL) ? false : null;
}

function show(row: Row): void {
  const { what, value, goal, met } = row;
  rows.push(row);
  console.log(`${what.padEnd(100)}  ${value.padEnd(34)}  ${goal}${goal === '' ? '' : met === null ? ' not decided: too noisy' : met ? ' met' : ' MISSED'}`.trimEnd());
}

const folder = pageFolder();
const rows: Row[] = [];
try {
  await using host = await openWebHost({ host: '127.0.0.1', port: 0, pageFolder: folder });
  const models = TRAINED_MODELS.filter(({ name }) => !quick || !name.includes('recognition'));
  const cells = models.flatMap((model) => (quick ? [1] : [1, 2]).map((threads) => ({ model, threads })));
  show(await nullShare(host));
  for (const [done, { model, threads }] of cells.entries()) {
    const leftSeconds = ((cells.length - done) * 2 * (WARM_UPS + PAIRS) * SIDE_MS) / 1000;
    process.stderr.write(`[${done + 1}/${cells.length}] ${model.name}, ${threads} thread${threads === 1 ? '' : 's'}; about ${Math.ceil(leftSeconds / 60)} min left\n`);
    show(await compare(host, model, threads));
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = rows.some(({ met }) => met === false) ? 1 : 0;
