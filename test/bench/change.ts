/**
 * `npm run demo:change [-- --out DIR] [--slower 5,8,12,20] [--minutes 8]`: a real change on this machine, found by its nights. A store is filled by real runs of a trained model
 * (PP-OCR orientation); then the model gets slower by redundant nodes, is found, confirmed by A/B, ascribed, acknowledged and put back. A second suite (PP-OCR recognition on two threads) has
 * its nights; then Paddock may use one core only, with the same course. Prints each step with its figures. Where the smallest slowdown of the list does not show within the nights that it is given, the next is taken, and that is said.
 * Every night is a `paddock run`, minutes of real launches in all: it ends after so many minutes, and the same command goes on.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { changeEventSchema, type ChangeEvent } from '../../src/domain/event.ts';
import { openStore } from '../../src/store/open-store.ts';
import { sampleSd } from '../../src/stats/summary.ts';
import { slowerModel } from './slower-model.ts';

const { values: given } = parseArgs({ options: { out: { type: 'string', default: 'paddock-results/change' }, slower: { type: 'string', default: '5,8,12,20' }, minutes: { type: 'string', default: '8' } } });
const OUT = resolve(given.out);
const SLOWDOWNS = given.slower.split(',').map((percent) => Number(percent) / 100);
const DEADLINE_MS = performance.now() + Number(given.minutes) * 60_000;
/** Nights before anything changes; a step must stand out of them. */
const FIRST_NIGHTS = 24;
/** Nights that a change is given to show. */
const MOST_NIGHTS = 25;
/** An A/B ends with the command that it was started in. */
const AB_MINUTES = 4;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist', 'paddock.mjs');
const TRAINED = join(ROOT, 'node_modules', '@gutenye', 'ocr-models', 'assets', 'ch_ppocr_mobile_v2.0_cls_infer.onnx');
const RECOGNITION = join(ROOT, 'node_modules', '@gutenye', 'ocr-models', 'assets', 'ch_PP-OCRv4_rec_infer.onnx');
const STORE = join(OUT, 'store.sqlite');
const MODEL = join(OUT, 'orientation.onnx');
/** The model of a slowdown of the list, kept: what is put back is what stood there before. */
const slowModel = (index: number): string => join(OUT, `slower-${index}.onnx`);
const STATE = join(OUT, 'demo.json');
/** A suite of one model; for the change of cores one that two threads help. */
const suiteText = (name: string, model: { readonly id: string; readonly width: number; readonly file: string }, threads: readonly number[]): string => `suite: ${name}
models:
  - { id: ${model.id}, inputs: { x: { shape: [batch, 3, 48, ${model.width}], fill: { uniform: [-1, 1] } } }, variants: [{ id: fp32, file: ${JSON.stringify(model.file)} }] }
runtimes: [{ id: onnxruntime, threads: [${threads.join(', ')}] }]
workloads: [{ id: page, scenario: single-stream }]
measure: { launches: 12, maxLaunches: 12, minSeconds: 0.3, maxSeconds: 0.5 }
gates: none
`;
const SUITES = {
  models: { path: join(OUT, 'suite.yaml'), text: suiteText('nightly', { id: 'orientation', width: 192, file: 'orientation.onnx' }, [1, 2]) },
  cores: { path: join(OUT, 'cores.yaml'), text: suiteText('two-threads', { id: 'recognition', width: 320, file: RECOGNITION }, [2]) },
} as const;

const PHASES = ['first nights', 'slower model', 'confirm the model', 'old model again', 'nights on two cores', 'one core', 'confirm the core', 'all cores again', 'done'] as const;
type Phase = (typeof PHASES)[number];
const stateSchema = z.object({ phase: z.enum(PHASES), slowdown: z.int(), nights: z.int(), event: z.string().nullable() });
type State = z.infer<typeof stateSchema>;

const say = (text: string): void => { console.log(text); };
const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;

async function paddock(args: readonly string[], before: readonly string[] = []): Promise<string> {
  const [program, ...rest] = [...before, process.execPath, CLI, ...args, '--db', STORE];
  const child = spawn(program, rest, { cwd: OUT, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const code = await new Promise<number | null>((done, fail) => { child.once('error', fail).once('close', done); });
  if (code !== 0 && code !== 1) throw new Error(`paddock ${args.join(' ')} ended with ${String(code)}:\n${stderr}`);
  return stdout;
}

/** The latest event of the latency, not over yet, whose surroundings changed in this field. */
function eventOf(field: string): ChangeEvent | undefined {
  using store = openStore(STORE, { mode: 'read' });
  return store.events.list().findLast((event) => event.kind === 'regressed' && event.state !== 'fixed' && event.changes.some((change) => change.field === field) && event.series.some(({ metric }) => metric.startsWith('latency')));
}

/** Nights of a model before anything changed: level, noise between nights, noise between launches. */
function noise(model: string): void {
  using store = openStore(STORE, { mode: 'read' });
  for (const series of store.history.series().filter(({ metric, key }) => key.startsWith(`${model}/`) && (metric === 'latency_p50' || metric === 'latency_undisturbed'))) {
    const { values, intervals } = store.history.validValues(series);
    const logs = values.map((value) => Math.log(value));
    const sd = sampleSd(logs);
    const wide = intervals.flatMap((interval) => (interval === null ? [] : [Math.log(interval.high / interval.low) / 2])).toSorted((a, b) => a - b);
    // What a mean of k nights must differ by against n of them, at four standard errors: what the nightly level asks for.
    const needed = SLOWDOWNS.map((share) => {
      const k = 1 / ((Math.log1p(share) / (4 * sd)) ** 2 - 1 / values.length);
      return `${percent(share)}: ${k > 0 ? `about ${Math.max(5, Math.ceil(k))} nights` : 'never against so few nights'}`;
    });
    say(`  ${series.metric} of ${series.key}: ${values.length} nights, level ${Math.exp(logs.reduce((sum, x) => sum + x, 0) / logs.length).toFixed(3)} ms, from night to night ${(100 * sd).toFixed(1)} %${wide.length === 0 ? '' : `, a night's own interval ±${(100 * Math.expm1(wide[wide.length >> 1] ?? Number.NaN)).toFixed(1)} %`}`);
    say(`    what shows through that: ${needed.join('; ')}`);
  }
}

function tell(event: ChangeEvent): void {
  for (const { key, metric, ratio, p } of event.series) say(`  ${event.id} ${event.state}: ${metric} of ${key} ${percent(ratio - 1)}${p === null ? '' : `, p ${p.toExponential(1)}`}`);
  say(`  since run ${event.firstBad} (from ${event.earliest} to ${event.latest}), noticed after run ${event.noticed}; changed there: ${event.changes.map(({ field, from, to }) => `${field} ${from.slice(0, 12)} -> ${to.slice(0, 12)}`).join('; ')}`);
}

class Demo {
  #state: State;

  constructor() {
    mkdirSync(OUT, { recursive: true });
    this.#state = existsSync(STATE) ? stateSchema.parse(JSON.parse(readFileSync(STATE, 'utf8'))) : { phase: 'first nights', slowdown: 0, nights: 0, event: null };
    if (existsSync(STATE)) return;
    for (const { path, text } of Object.values(SUITES)) writeFileSync(path, text);
    writeFileSync(MODEL, readFileSync(TRAINED));
  }

  async run(): Promise<void> {
    for (;;) {
      const { phase } = this.#state;
      if (phase === 'done') break;
      const isLong = phase.startsWith('confirm');
      if (performance.now() + (isLong ? AB_MINUTES * 60_000 : 30_000) > DEADLINE_MS && this.#started > 0) {
        say(`the ${given.minutes} minutes are over in "${phase}" (${this.#state.nights} nights); the same command goes on`);
        return;
      }
      this.#started++;
      await this.#step(phase);
    }
    say(`the whole of it: ${JSON.stringify(STORE)}`);
    say(await paddock(['changes', '--since', '1d']));
    say(await paddock(['publish', '--out', join(OUT, 'site')]));
  }

  #started = 0;

  #next(phase: Phase, change: Partial<State> = {}): void {
    this.#save({ ...this.#state, phase, nights: 0, ...change });
    say(`${new Date().toISOString().slice(11, 19)} ${phase}`);
  }

  #save(state: State): void {
    this.#state = state;
    writeFileSync(STATE, JSON.stringify(state));
  }

  async #night(suite: keyof typeof SUITES, before: readonly string[] = []): Promise<void> {
    await paddock(['run', SUITES[suite].path, '--out', join(OUT, 'last')], before);
    this.#save({ ...this.#state, nights: this.#state.nights + 1 });
  }

  async #step(phase: Exclude<Phase, 'done'>): Promise<void> {
    switch (phase) {
      case 'first nights':
        if (this.#state.nights < FIRST_NIGHTS) return this.#night('models');
        noise('orientation');
        return this.#slowDown(0);
      case 'slower model':
        return this.#look('model', 'models', [], 'confirm the model');
      case 'confirm the model':
        return this.#confirm('a slower model was expected', 'old model again');
      case 'old model again':
        return this.#putBack('models', 'nights on two cores', () => {
          const { slowdown } = this.#state;
          writeFileSync(MODEL, readFileSync(slowdown === 0 ? TRAINED : slowModel(slowdown - 1)));
        });
      case 'nights on two cores':
        if (this.#state.nights < FIRST_NIGHTS) return this.#night('cores');
        noise('recognition');
        return this.#next('one core');
      case 'one core':
        return this.#look('cpus', 'cores', ['taskset', '-c', '0'], 'confirm the core');
      case 'confirm the core':
        return this.#confirm('the other core is lent out', 'all cores again');
      case 'all cores again':
        return this.#putBack('cores', 'done', () => undefined);
      default: phase satisfies never;
    }
  }

  async #slowDown(index: number): Promise<void> {
    const share = SLOWDOWNS[index];
    if (share === undefined) throw new Error(`not even ${percent(SLOWDOWNS.at(-1) ?? 0)} showed within ${MOST_NIGHTS} nights: the noise above says why`);
    const trained = readFileSync(TRAINED);
    const { bytes, nodes, ratio } = await slowerModel(trained, share, { name: 'x', shape: [1, 3, 48, 192] });
    writeFileSync(slowModel(index), bytes);
    writeFileSync(MODEL, bytes);
    this.#next('slower model', { slowdown: index });
    say(`  ${nodes} redundant nodes for ${percent(share)}; timed side by side in one process: ${percent(ratio - 1)}`);
  }

  async #look(field: string, suite: keyof typeof SUITES, before: readonly string[], then: Phase): Promise<void> {
    await this.#night(suite, before);
    const event = eventOf(field);
    if (event !== undefined && event.state !== 'refuted') {
      say(`  noticed after ${this.#state.nights} nights`);
      tell(event);
      return this.#next(then, { event: event.id });
    }
    if (this.#state.nights < MOST_NIGHTS) return;
    say(`  nothing noticed in ${MOST_NIGHTS} nights`);
    if (field === 'model') return this.#slowDown(this.#state.slowdown + 1);
    throw new Error(`a change of ${field} did not show within ${MOST_NIGHTS} nights`);
  }

  async #confirm(why: string, then: Phase): Promise<void> {
    const id = this.#state.event ?? '';
    const startedMs = performance.now();
    const [event] = z.object({ confirmed: z.array(changeEventSchema) }).parse(JSON.parse(await paddock(['confirm', id, '--budget', `${AB_MINUTES}min`, '--json']))).confirmed;
    const confirmation = event?.confirmation;
    if (event === undefined || confirmation === null || confirmation === undefined) throw new Error(`${id} was not tried`);
    const { outcome, ratio, low, high, cause, reason } = confirmation;
    say(`  A/B in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${outcome}${ratio === null ? '' : `, ${percent(ratio - 1)}${low === null || high === null ? '' : ` (${percent(low - 1)} to ${percent(high - 1)})`}`}; cause: ${cause.map(({ field }) => field).join(', ') || 'none'}; ${reason}`);
    say(`  ${(await paddock(['ack', id, '--why', why, '--by', 'an engineer', '--until', '30d'])).trim()}`);
    this.#next(then);
  }

  async #putBack(suite: keyof typeof SUITES, then: Phase, back: () => void): Promise<void> {
    back();
    await this.#night(suite);
    using store = openStore(STORE, { mode: 'read' });
    const event = store.events.get(this.#state.event ?? '');
    if (event?.state !== 'fixed') {
      if (this.#state.nights >= MOST_NIGHTS) throw new Error(`${event?.id ?? 'the event'} is not fixed after ${MOST_NIGHTS} nights`);
      return;
    }
    say(`  ${event.id} ${event.state} after ${this.#state.nights} nights: ${event.log.at(-1)?.text ?? ''}`);
    this.#next(then, { event: null });
  }
}

await new Demo().run();
