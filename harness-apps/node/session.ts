import { availableParallelism } from 'node:os';
import type { HarnessEvent, Request } from '../../src/harness/protocol.ts';
import { MAX_BATCH_QUERIES, PROTOCOL_VERSION } from '../../src/harness/wire.ts';
import { allowedCores, pin } from './affinity.ts';
import { type Batch, runClosedLoop, runServer } from './batch.ts';
import { clockResolutionNs, clocksNow } from './clock.ts';
import { readMemory } from './memory.ts';
import { fedFor, loadedFor, sampleOf, samplesOf } from '../protocol/order.ts';
import { Refusal } from '../protocol/refusal.ts';
import { toldSignatures } from '../protocol/signature.ts';
import type { LoadedModel, Runtime } from './runtime.ts';
import { readTensor } from './tensors.ts';

interface Carried {
  readonly runtimes: ReadonlyMap<string, Runtime>;
  /** Runtimes that do not work here, with why. */
  readonly absent: ReadonlyMap<string, string>;
}

type RunRequest = Extract<Request, { op: 'run' }>;

/** What one orchestrator asked for so far: a model, its samples, whether it ran. */
export class Session {
  readonly #harness: { readonly name: string; readonly version: string };
  readonly #carried: Carried;
  readonly #abandoned: () => boolean;
  #model: LoadedModel | null = null;
  #samples: number | null = null;
  readonly #coresAtStart = allowedCores();
  #ran = false;

  constructor(harness: { readonly name: string; readonly version: string }, carried: Carried, abandoned: () => boolean) {
    this.#harness = harness;
    this.#carried = carried;
    this.#abandoned = abandoned;
  }

  /** The answer; null when the input was closed during a run, so that nobody waits for it. Throws Refusal. */
  async answer(request: Request): Promise<HarnessEvent | null> {
    const { id } = request;
    switch (request.op) {
      case 'hello':
        return this.#hello(id, request.protocol);
      case 'load':
        return this.#load(request);
      case 'inputs':
        loadedFor('inputs', this.#model).prepare(samplesOf(request).map((sample) => sample.map(readTensor)), new Map(Object.entries(request.carry ?? {})));
        this.#samples = request.samples.length;
        return { event: 'inputs', id, samples: request.samples.length };
      case 'run':
        return this.#run(request);
      case 'infer': {
        const outputs = loadedFor('infer', this.#model).infer(sampleOf(request, this.#samples));
        this.#ran = true;
        return {
          event: 'outputs', id,
          outputs: outputs.map(({ name, dtype, shape, bytes }) => ({ name, dtype, shape: [...shape], data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') })),
        };
      }
      case 'placement': {
        const { method, nodes } = loadedFor('placement', this.#model).placement();
        return { event: 'placement', id, method, nodes: [...nodes] };
      }
      case 'memory':
        return { event: 'memory', id, ...readMemory() };
      case 'bye':
        this.#model?.release();
        this.#model = null;
        return { event: 'bye', id };
    }
  }

  #hello(id: number, protocol: number): HarnessEvent {
    if (protocol !== PROTOCOL_VERSION) throw new Refusal('bad-option', `this harness speaks protocol ${PROTOCOL_VERSION}, not ${protocol}`);
    return {
      event: 'hello', id, protocol: PROTOCOL_VERSION, harness: this.#harness,
      runtimes: [...this.#carried.runtimes.values()].map(({ name, version, delegates }) => ({ name, version, delegates: delegates.map((each) => ({ ...each })) })),
      clockResolutionNs: clockResolutionNs(), cores: availableParallelism(), pid: process.pid, ...clocksNow(),
    };
  }

  async #load(request: Extract<Request, { op: 'load' }>): Promise<HarnessEvent> {
    if (this.#model !== null) throw new Refusal('bad-order', 'a model is loaded already; a launch has one');
    const { runtimes, absent } = this.#carried;
    const runtime = runtimes.get(request.runtime);
    if (runtime === undefined) {
      const why = absent.get(request.runtime) ?? `it carries ${[...runtimes.keys()].join(', ')}`;
      throw new Refusal('unknown-runtime', `no runtime "${request.runtime}" in this harness: ${why}`);
    }
    if (!runtime.delegates.some((delegate) => delegate.name === request.delegate)) {
      throw new Refusal('unknown-delegate', `${runtime.name} does not offer "${request.delegate}" here; it offers ${runtime.delegates.map((delegate) => delegate.name).join(', ')}`);
    }
    // Before the runtime starts its threads, which inherit it.
    const cores = request.options.affinity ?? this.#coresAtStart;
    if (cores !== null) await pin(cores);
    const model = runtime.load(request);
    this.#model = model;
    return { event: 'loaded', id: request.id, initNs: model.initNs, inputs: toldSignatures(model.inputs), outputs: toldSignatures(model.outputs), ...(model.softwareGpu === null ? {} : { softwareGpu: model.softwareGpu }), ...affinityNow() };
  }

  async #run(request: RunRequest): Promise<HarnessEvent | null> {
    const bench = { model: loadedFor('run', this.#model), samples: fedFor('run', this.#samples), abandoned: this.#abandoned };
    const first = !this.#ran;
    let batch: Batch | null;
    if (request.scenario === 'server') {
      if (request.arrivalsNs.length > MAX_BATCH_QUERIES) throw new Refusal('bad-request', `run.arrivalsNs has more than ${MAX_BATCH_QUERIES} arrivals`);
      batch = await runServer(bench, request.arrivalsNs);
    } else {
      batch = await runClosedLoop(bench, request);
    }
    this.#ran = true;
    if (batch === null) return null;
    return {
      event: 'batch', id: request.id, startNs: Math.round(batch.startNs), endNs: Math.round(batch.endNs), first,
      latenciesNs: batch.latenciesNs.toJSON(), ...(batch.completionsNs === null ? {} : { completionsNs: batch.completionsNs.toJSON() }),
    };
  }
}

function affinityNow(): { affinity?: number[] } {
  const cores = allowedCores();
  return cores === null ? {} : { affinity: [...cores] };
}
