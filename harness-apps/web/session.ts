import { delegateAbsence } from '../../src/domain/browser.ts';
import type { HarnessEvent, Request } from '../../src/harness/protocol.ts';
import { MAX_BATCH_QUERIES, PROTOCOL_VERSION } from '../../src/harness/wire.ts';
import { fedFor, loadedFor, sampleOf, samplesOf } from '../protocol/order.ts';
import { Refusal } from '../protocol/refusal.ts';
import { toldSignatures } from '../protocol/signature.ts';
import { toBase64 } from './base64.ts';
import { Bench } from './batch.ts';
import { measureResolutionNs, nowNs } from './clock.ts';
import { fileLabel, whyNotKept } from './files.ts';
import type { Activity, Answers } from './messages.ts';
import type { LoadedModel, Runtime } from './runtime.ts';
import { sleepOfThisPage } from './sleep.ts';
import { readTensor } from './tensors.ts';

export interface Surroundings {
  readonly harness: { readonly name: string; readonly version: string };
  readonly runtimes: readonly Runtime[];
  /** Asks the page's window. */
  readonly ask: <What extends keyof Answers>(what: What) => Promise<Answers[What]>;
  /** Shows a person what is being done. Never while timing. */
  readonly show: (activity: Activity) => void;
}

/** What one orchestrator asked for so far: a model, its samples, whether it ran. A page has one model: thread count and device are fixed at the first load. */
export class Session {
  readonly #around: Surroundings;
  readonly #resolutionNs = measureResolutionNs();
  readonly #sleep = sleepOfThisPage();
  #model: LoadedModel | null = null;
  /** The model's weights are not in the page's own memory. */
  #isElsewhere = false;
  #facts: Activity['facts'] = {};
  #bench: Bench | null = null;
  #samples: number | null = null;
  #ran = false;
  #batches = 0;
  #peakBytes = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Throws Refusal. */
  async answer(request: Request): Promise<HarnessEvent> {
    const { id } = request;
    switch (request.op) {
      case 'hello':
        return this.#hello(id, request.protocol);
      case 'load':
        return this.#load(request);
      case 'inputs': {
        const model = loadedFor('inputs', this.#model);
        const samples = [];
        for (const sample of samplesOf(request)) samples.push(await Promise.all(sample.map(readTensor)));
        model.prepare(samples, new Map(Object.entries(request.carry ?? {})));
        this.#samples = samples.length;
        this.#bench = new Bench(model, { samples: samples.length, resolutionNs: this.#resolutionNs, sleep: this.#sleep });
        return { event: 'inputs', id, samples: samples.length };
      }
      case 'run':
        return this.#run(request);
      case 'infer': {
        const model = loadedFor('infer', this.#model);
        const sample = sampleOf(request, this.#samples);
        this.#show('Checking outputs');
        const outputs = await model.infer(sample);
        this.#ran = true;
        return { event: 'outputs', id, outputs: outputs.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape: [...shape], data: toBase64(bytes) })) };
      }
      case 'placement': {
        const { method, nodes } = await loadedFor('placement', this.#model).placement();
        return { event: 'placement', id, method, nodes: [...nodes] };
      }
      case 'memory':
        return this.#memory(id);
      case 'bye':
        await this.#model?.release();
        this.#model = null;
        this.#show('Done');
        return { event: 'bye', id };
    }
  }

  async #hello(id: number, protocol: number): Promise<HarnessEvent> {
    if (protocol !== PROTOCOL_VERSION) throw new Refusal('bad-option', `this harness speaks protocol ${PROTOCOL_VERSION}, not ${protocol}`);
    const facts = await this.#around.ask('facts');
    const { brands, ...browser } = facts;
    this.#show('Waiting for a model');
    return {
      event: 'hello', id, protocol: PROTOCOL_VERSION, harness: this.#around.harness,
      runtimes: this.#around.runtimes.map(({ name, version, delegates }) => ({ name, version, delegates: delegates.filter((delegate) => delegateAbsence(delegate.name, facts) === null).map((delegate) => ({ ...delegate })) })),
      clockResolutionNs: this.#resolutionNs, cores: navigator.hardwareConcurrency, nowNs: Math.round(nowNs()), browser: { ...browser, ...(brands === undefined ? {} : { brands: [...brands] }) },
    };
  }

  async #load(request: Extract<Request, { op: 'load' }>): Promise<HarnessEvent> {
    if (this.#model !== null) throw new Refusal('bad-order', 'a model is loaded already; a page has one, and its threads are fixed: load the page again for another');
    const runtime = this.#around.runtimes.find(({ name }) => name === request.runtime);
    if (runtime === undefined) throw new Refusal('unknown-runtime', `no runtime "${request.runtime}" in this harness: it carries ${this.#around.runtimes.map(({ name }) => name).join(', ')}`);
    const delegate = runtime.delegates.find(({ name }) => name === request.delegate);
    if (delegate === undefined) {
      throw new Refusal('unknown-delegate', `${runtime.name} does not offer "${request.delegate}" here; it offers ${runtime.delegates.map(({ name }) => name).join(', ')}`);
    }
    const absent = delegateAbsence(request.delegate, await this.#around.ask('facts'));
    if (absent !== null) throw new Refusal('unknown-delegate', `${request.delegate} does not work in this browser: ${absent}`);
    if (request.options.affinity !== undefined) throw new Refusal('bad-option', 'a page can not choose the cores that it runs on; leave `affinity` out');
    this.#facts = { Runtime: `${runtime.name} ${runtime.version}`, Delegate: request.delegate, Threads: String(request.options.threads), ...(request.model === null ? {} : { Model: fileLabel(request.model) }) };
    this.#show('Loading the model');
    const model = await runtime.load(request);
    this.#model = model;
    this.#isElsewhere = delegate.kind !== 'cpu';
    this.#show('The model is loaded');
    const notKept = request.model === null ? null : whyNotKept(request.model);
    return {
      event: 'loaded', id: request.id, initNs: model.initNs, inputs: toldSignatures(model.inputs), outputs: toldSignatures(model.outputs),
      ...(model.softwareGpu === null ? {} : { softwareGpu: model.softwareGpu }), ...(model.threads === null ? {} : { threads: model.threads }), ...(notKept === null ? {} : { notKept }),
    };
  }

  async #run(request: Extract<Request, { op: 'run' }>): Promise<HarnessEvent> {
    loadedFor('run', this.#model);
    const bench = fedFor('run', this.#bench);
    this.#show(`Measuring, batch ${++this.#batches}`);
    await painted();
    await this.#around.ask('disturbance');
    const first = !this.#ran;
    if (request.scenario === 'server' && request.arrivalsNs.length > MAX_BATCH_QUERIES) throw new Refusal('bad-request', `run.arrivalsNs has more than ${MAX_BATCH_QUERIES} arrivals`);
    const batch = request.scenario === 'server' ? await bench.server(request.arrivalsNs) : await bench.closedLoop(request, { first });
    this.#ran = true;
    const disturbance = (await this.#around.ask('disturbance')) ?? batch.disturbance;
    return {
      event: 'batch', id: request.id, startNs: Math.round(batch.startNs), endNs: Math.round(batch.endNs), first, latenciesNs: batch.latenciesNs.toJSON(),
      ...(batch.completionsNs === null ? {} : { completionsNs: batch.completionsNs.toJSON() }), ...(batch.groupSize === 1 ? {} : { groupSize: batch.groupSize }), ...(disturbance === null ? {} : { disturbance }),
    };
  }

  async #memory(id: number): Promise<HarnessEvent> {
    // It waits for an answer of every thread, which those of an engine give never: they block while they wait for work (Chromium 156).
    if (this.#model?.threads !== 1 && this.#model !== null) return { event: 'memory', id, method: 'the browser can not measure a page with threads' };
    // A figure without the largest part would make every model on a GPU look lean.
    if (this.#isElsewhere) return { event: 'memory', id, method: 'a page is not told of the memory that its model takes on a GPU or NPU' };
    const reading = await this.#around.ask('memory');
    if ('absent' in reading) return { event: 'memory', id, method: reading.absent };
    this.#peakBytes = Math.max(this.#peakBytes, reading.bytes);
    return { event: 'memory', id, currentBytes: reading.bytes, peakBytes: this.#peakBytes, method: `${reading.method}, the highest reading` };
  }

  #show(doing: string): void {
    this.#around.show({ doing, facts: this.#facts });
  }

}

/** What was shown last is on the screen after a frame or two; only then is it quiet. A hidden page paints nothing, and is not waited for. */
const PAINT_MS = 40;
function painted(): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, PAINT_MS); });
}
