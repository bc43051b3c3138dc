import { MAX_BATCH_QUERIES } from '../../src/harness/wire.ts';
import { Refusal } from '../protocol/refusal.ts';
import { Samples } from '../protocol/samples.ts';
import { nowNs } from './clock.ts';
import type { LoadedModel } from './runtime.ts';

/** A latency spans at least so many steps of the clock, so that one step is at most 2 % of it. Shorter queries are timed several at once. */
const LEAST_STEPS = 50;
/** A group that spans fewer was sized wrongly, and its batch is made again with larger ones. Between the two lies what queries differ by. */
const FEWEST_STEPS = 25;
/** So many groups in a row must be long enough: one alone may have been held up by another program. */
const TRIES = 3;
/** A query of which the server scenario can tell each latency to this many steps. */
const LEAST_SERVER_STEPS = 4;
/** Waking up is late by up to a millisecond, so the last stretch before an arrival is spent spinning. */
const SPIN_NS = 2e6;

export interface Batch {
  readonly startNs: number;
  readonly endNs: number;
  readonly latenciesNs: Samples;
  readonly completionsNs: Samples | null;
  /** Queries that each latency is the mean of. */
  readonly groupSize: number;
}

export interface ClosedLoop {
  readonly count: number;
  readonly durationNs: number;
  readonly callsPerQuery: number;
}

/** Runs batches of one model over its samples, in turn. */
export class Bench {
  readonly #model: LoadedModel;
  readonly #samples: number;
  readonly #resolutionNs: number;
  #sample = 0;
  #groupSize = 1;

  constructor(model: LoadedModel, samples: number, resolutionNs: number) {
    this.#model = model;
    this.#samples = samples;
    this.#resolutionNs = resolutionNs;
  }

  /**
   * Queries back to back until the count of latencies or the time is reached; the one under way when the time is up still counts. Where a query is so short that the
   * clock can't tell it, each latency is the mean of a group. `first`: nothing was inferred yet, so that the first call is timed alone where the clock can tell it.
   */
  async closedLoop(plan: ClosedLoop, { first }: { readonly first: boolean }): Promise<Batch> {
    this.#begin();
    if (!first) await this.#sizeGroup(plan.callsPerQuery);
    let startNs = nowNs();
    let firstNs: number | null = null;
    if (first) {
      const tookNs = await this.#group(1, plan.callsPerQuery);
      if (tookNs >= LEAST_STEPS * this.#resolutionNs) firstNs = tookNs;
      else await this.#sizeGroup(plan.callsPerQuery);
    }
    for (;;) {
      if (firstNs === null) startNs = nowNs();
      const batch = await this.#queries(plan, firstNs, startNs);
      if (batch !== null) return batch;
      // What sized the group was slowed down by something else.
      this.#groupSize *= 2;
      this.#begin();
    }
  }

  /** Null when a group came out too short to be told. */
  async #queries(plan: ClosedLoop, firstNs: number | null, startNs: number): Promise<Batch | null> {
    const count = Math.min(plan.count, MAX_BATCH_QUERIES);
    const latencies = new Samples(count);
    if (firstNs !== null) latencies.add(firstNs);
    const groupSize = this.#groupSize;
    const leastNs = groupSize * plan.callsPerQuery < MAX_BATCH_QUERIES ? FEWEST_STEPS * this.#resolutionNs : 0;
    const endAtNs = startNs + plan.durationNs;
    let endNs = nowNs();
    while (latencies.count === 0 || (latencies.count < count && endNs < endAtNs)) {
      const tookNs = await this.#group(groupSize, plan.callsPerQuery);
      if (tookNs < leastNs) return null;
      latencies.add(tookNs / groupSize);
      endNs = nowNs();
    }
    return { startNs, endNs, latenciesNs: latencies, completionsNs: null, groupSize };
  }

  /** One query per arrival, first in first out, one at a time: a latency is completion less arrival, so it has the time in the queue too. */
  async server(arrivalsNs: readonly number[]): Promise<Batch> {
    const latencies = new Samples(arrivalsNs.length);
    const completions = new Samples(arrivalsNs.length);
    this.#begin();
    if (arrivalsNs.length > 0) await this.#refuseTooShort();
    this.#begin();
    const startNs = nowNs();
    let endNs = startNs;
    for (const arrivalNs of arrivalsNs) {
      const dueNs = startNs + arrivalNs;
      for (let waitNs = dueNs - nowNs(); waitNs > 0; waitNs = dueNs - nowNs()) if (waitNs > SPIN_NS) await pause((waitNs - SPIN_NS) / 1e6);
      await this.#call();
      endNs = nowNs();
      latencies.add(endNs - dueNs);
      completions.add(endNs - startNs);
      this.#model.settle();
    }
    return { startNs, endNs, latenciesNs: latencies, completionsNs: completions, groupSize: 1 };
  }

  #begin(): void {
    this.#sample = 0;
    this.#model.begin();
  }

  #call(): Promise<void> | void {
    const sample = this.#sample;
    this.#sample = sample + 1 === this.#samples ? 0 : sample + 1;
    return this.#model.call(sample);
  }

  /** Time of so many queries without what is done between them; between two that the clock can't tell apart, that is timed too. */
  async #group(queries: number, callsPerQuery: number): Promise<number> {
    const calls = queries * callsPerQuery;
    const fromNs = nowNs();
    for (let call = 0; call < calls; call++) {
      if (call > 0) this.#model.settle();
      const pending = this.#call();
      if (pending !== undefined) await pending;
    }
    const tookNs = nowNs() - fromNs;
    this.#model.settle();
    return tookNs;
  }

  /** Finds how many queries make a span that the clock can tell; a size that still does is kept. */
  async #sizeGroup(callsPerQuery: number): Promise<void> {
    const leastNs = LEAST_STEPS * this.#resolutionNs;
    for (let size = this.#groupSize; ; size *= 2) {
      let tookNs = Infinity;
      for (let i = 0; i < TRIES && tookNs >= leastNs; i++) tookNs = Math.min(tookNs, await this.#group(size, callsPerQuery));
      if (tookNs >= leastNs || size * callsPerQuery >= MAX_BATCH_QUERIES) {
        this.#groupSize = size;
        break;
      }
    }
    this.#begin();
  }

  async #refuseTooShort(): Promise<void> {
    await this.#sizeGroup(1);
    const eachNs = (await this.#group(this.#groupSize, 1)) / this.#groupSize;
    if (eachNs < LEAST_SERVER_STEPS * this.#resolutionNs) {
      throw new Refusal('bad-option', `a call takes ${Math.round(eachNs)} ns and the browser's clock has steps of ${this.#resolutionNs} ns: latencies of single queries can't be told; take single-stream, whose queries are timed in groups`);
    }
  }
}

const sleeper = crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : null;

/** Blocks this worker's thread where it may, which wakes up sooner than a timer. */
function pause(ms: number): Promise<void> {
  if (sleeper === null) return new Promise((resolve) => { setTimeout(resolve, ms); });
  Atomics.wait(sleeper, 0, 0, ms);
  return Promise.resolve();
}
