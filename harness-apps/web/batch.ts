import { MAX_BATCH_QUERIES } from '../../src/harness/wire.ts';
import { Refusal } from '../protocol/refusal.ts';
import { Samples } from '../protocol/samples.ts';
import { nowNs } from './clock.ts';
import type { LoadedModel } from './runtime.ts';

/** The median latency of a batch spans at least so many steps of the clock, so that one step is at most 2 % of it. Shorter queries are timed several at once. */
const LEAST_STEPS = 50;
/** A size that was found is held until its groups span fewer: engines and clocks are not the same from batch to batch, and latencies of two sizes can't stand in one series. */
const FEWEST_STEPS = 25;
/** What a larger size is made for: an engine that gets faster while it runs does not outgrow it at once. */
const AIMED_STEPS = 100;
/** So many groups tell early that a size is too small, and are enough to hold one. */
const PROBE_GROUPS = 15;
/** A query of which the server scenario can tell each latency to this many steps. */
const LEAST_SERVER_STEPS = 4;
/** The server scenario is judged at its 99th percentile: more late wakings than the hundredth are in it. Some few say nothing. */
const LATE_SHARE = 0.01;
const FEW_LATE = 2;

/** How a page waits. */
export interface Sleep {
  /** The last stretch before a moment is spent spinning, as waking up is late by up to this. */
  readonly spinNs: number;
  readonly pause: (ms: number) => Promise<void>;
}

export interface Batch {
  readonly startNs: number;
  readonly endNs: number;
  readonly latenciesNs: Samples;
  readonly completionsNs: Samples | null;
  /** Queries that each latency is the mean of. */
  readonly groupSize: number;
  /** What the harness itself spoiled, in words. */
  readonly disturbance: string | null;
}

export interface ClosedLoop {
  readonly count: number;
  readonly durationNs: number;
  readonly callsPerQuery: number;
}

interface Size {
  readonly callsPerQuery: number;
  readonly queries: number;
  /** Enough of its groups were long enough. */
  readonly isHeld: boolean;
}

interface First {
  readonly startNs: number;
  readonly tookNs: number;
}

/** Runs batches of one model over its samples, in turn. */
export class Bench {
  readonly #model: LoadedModel;
  readonly #samples: number;
  readonly #resolutionNs: number;
  readonly #sleep: Sleep;
  #sample = 0;
  #size: Size = { callsPerQuery: 1, queries: 1, isHeld: false };

  constructor(model: LoadedModel, { samples, resolutionNs, sleep }: { readonly samples: number; readonly resolutionNs: number; readonly sleep: Sleep }) {
    this.#model = model;
    this.#samples = samples;
    this.#resolutionNs = resolutionNs;
    this.#sleep = sleep;
  }

  /**
   * Queries back to back until the count of latencies or the time is reached; the one under way when the time is up still counts. Where a query is so short that the
   * clock can't tell it, each latency is the mean of a group, whose size is kept from batch to batch: a batch whose groups came out too short is made again with larger
   * ones, and nothing is inferred but what batches tell. `first`: nothing was inferred yet, so that the first call is timed alone where the clock can tell it; where it
   * can't tell those after it, the batch is that call.
   */
  async closedLoop(plan: ClosedLoop, { first }: { readonly first: boolean }): Promise<Batch> {
    const { callsPerQuery } = plan;
    if (this.#size.callsPerQuery !== callsPerQuery) this.#size = { callsPerQuery, queries: 1, isHeld: false };
    const alone = first ? await this.#first(callsPerQuery) : null;
    for (;;) {
      if (alone === null) this.#begin();
      const batch = await this.#queries(plan, alone);
      const groups = batch.latenciesNs.count - (alone === null ? 0 : 1);
      if (groups === 0 || this.#isTold(batch.latenciesNs.medianNs())) {
        if (groups >= PROBE_GROUPS) this.#size = { ...this.#size, isHeld: true };
        return batch;
      }
      this.#grow(batch.latenciesNs.medianNs());
      if (alone !== null) {
        const latenciesNs = new Samples(1);
        latenciesNs.add(alone.tookNs);
        return { ...batch, endNs: alone.startNs + alone.tookNs, latenciesNs };
      }
    }
  }

  /** One query per arrival, first in first out, one at a time: a latency is completion less arrival, so it has the time in the queue too. */
  async server(arrivalsNs: readonly number[]): Promise<Batch> {
    const latencies = new Samples(arrivalsNs.length);
    const completions = new Samples(arrivalsNs.length);
    const services = new Samples(arrivalsNs.length);
    const { spinNs, pause } = this.#sleep;
    let late = 0;
    let latestNs = 0;
    this.#begin();
    const startNs = nowNs();
    let endNs = startNs;
    for (const arrivalNs of arrivalsNs) {
      const dueNs = startNs + arrivalNs;
      let waitNs = dueNs - nowNs();
      if (waitNs > spinNs) {
        await pause((waitNs - spinNs) / 1e6);
        waitNs = dueNs - nowNs();
        if (waitNs < 0) late++;
        latestNs = Math.max(latestNs, -waitNs);
      }
      let fromNs = nowNs();
      while (fromNs < dueNs) fromNs = nowNs();
      await this.#call();
      endNs = nowNs();
      services.add(endNs - fromNs);
      latencies.add(endNs - dueNs);
      completions.add(endNs - startNs);
      this.#model.settle();
    }
    if (arrivalsNs.length > 0) this.#refuseTooShort(services.medianNs());
    const isLate = late > Math.max(FEW_LATE, LATE_SHARE * arrivalsNs.length);
    return {
      startNs, endNs, latenciesNs: latencies, completionsNs: completions, groupSize: 1,
      disturbance: isLate ? `the page woke up too late for ${late} of ${arrivalsNs.length} arrivals, by up to ${(latestNs / 1e6).toFixed(1)} ms: their latencies have that in them` : null,
    };
  }

  #begin(): void {
    this.#sample = 0;
    this.#model.begin();
  }

  #call(): Promise<void> {
    const sample = this.#sample;
    this.#sample = sample + 1 === this.#samples ? 0 : sample + 1;
    return this.#model.call(sample);
  }

  /** Null where the clock can't tell it. */
  async #first(callsPerQuery: number): Promise<First | null> {
    this.#begin();
    const startNs = nowNs();
    const tookNs = await this.#group(1, callsPerQuery);
    return tookNs >= LEAST_STEPS * this.#resolutionNs ? { startNs, tookNs } : null;
  }

  /** Ends early when the first groups are too short. */
  async #queries(plan: ClosedLoop, alone: First | null): Promise<Batch> {
    const count = Math.min(plan.count, MAX_BATCH_QUERIES);
    const latencies = new Samples(count);
    if (alone !== null) latencies.add(alone.tookNs);
    const { queries, isHeld, callsPerQuery } = this.#size;
    const startNs = alone?.startNs ?? nowNs();
    const endAtNs = startNs + plan.durationNs;
    let endNs = nowNs();
    while (latencies.count === 0 || (latencies.count < count && endNs < endAtNs)) {
      latencies.add((await this.#group(queries, callsPerQuery)) / queries);
      endNs = nowNs();
      if (!isHeld && latencies.count === PROBE_GROUPS && !this.#isTold(latencies.medianNs())) break;
    }
    return { startNs, endNs, latenciesNs: latencies, completionsNs: null, groupSize: queries, disturbance: null };
  }

  /** Time of so many queries without what is done between them; between two that the clock can't tell apart, that is timed too. */
  async #group(queries: number, callsPerQuery: number): Promise<number> {
    const calls = queries * callsPerQuery;
    const fromNs = nowNs();
    for (let call = 0; call < calls; call++) {
      if (call > 0) this.#model.settle();
      await this.#call();
    }
    const tookNs = nowNs() - fromNs;
    this.#model.settle();
    return tookNs;
  }

  #isTold(latencyNs: number): boolean {
    const { queries, callsPerQuery, isHeld } = this.#size;
    return latencyNs * queries >= (isHeld ? FEWEST_STEPS : LEAST_STEPS) * this.#resolutionNs || queries >= largest(callsPerQuery);
  }

  /** By the latency that was seen, and at least twofold: a clock of coarse steps may have seen none. */
  #grow(latencyNs: number): void {
    const { queries, callsPerQuery } = this.#size;
    const aimedNs = AIMED_STEPS * this.#resolutionNs;
    const needed = Math.ceil(aimedNs / Math.max(latencyNs, this.#resolutionNs / queries));
    this.#size = { callsPerQuery, queries: Math.min(Math.max(needed, 2 * queries), largest(callsPerQuery)), isHeld: false };
  }

  #refuseTooShort(serviceNs: number): void {
    if (serviceNs >= LEAST_SERVER_STEPS * this.#resolutionNs) return;
    throw new Refusal('bad-option', `a call takes about ${Math.round(serviceNs)} ns and the browser's clock has steps of ${this.#resolutionNs} ns: latencies of single queries can't be told; take single-stream, whose queries are timed in groups`);
  }
}

function largest(callsPerQuery: number): number {
  return Math.max(1, Math.floor(MAX_BATCH_QUERIES / callsPerQuery));
}
