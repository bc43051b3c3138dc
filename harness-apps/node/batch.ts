import { MAX_BATCH_QUERIES } from '../../src/harness/wire.ts';
import { nowNs } from './clock.ts';
import type { LoadedModel } from './runtime.ts';
import { Samples } from '../protocol/samples.ts';

/** A run looks this often whether its input was closed; a turn of the event loop costs 1.4 µs. */
const TURN_NS = 50e6;
/** Sleeping wakes up late by up to about a tenth of this, so the last stretch before an arrival is spent spinning. */
const SPIN_NS = 1e6;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Batch {
  readonly startNs: number;
  readonly endNs: number;
  readonly latenciesNs: Samples;
  readonly completionsNs: Samples | null;
}

/** What a batch runs: a model, how many samples it cycles through, and whether to give up. */
export interface Bench {
  readonly model: LoadedModel;
  readonly samples: number;
  readonly abandoned: () => boolean;
}

export interface ClosedLoop {
  readonly count: number;
  readonly durationNs: number;
  readonly callsPerQuery: number;
}

/** Queries back to back until the count or the time is reached; the query under way when the time is up still counts, so there is at least one. Null when abandoned. */
export async function runClosedLoop({ model, samples, abandoned }: Bench, plan: ClosedLoop): Promise<Batch | null> {
  const count = Math.min(plan.count, MAX_BATCH_QUERIES);
  const { callsPerQuery } = plan;
  const latencies = new Samples(count);
  let sample = 0;
  model.begin();
  const startNs = nowNs();
  const endAtNs = startNs + plan.durationNs;
  /** Synchronous, so that the timed loop is plain code. Gives the end of the last query. */
  const stretch = (untilNs: number): number => {
    let toNs: number;
    do {
      const fromNs = nowNs();
      for (let call = 0; call < callsPerQuery; call++) {
        if (call > 0) model.settle();
        model.call(sample);
        if (++sample === samples) sample = 0;
      }
      toNs = nowNs();
      latencies.add(toNs - fromNs);
      model.settle();
    } while (toNs < untilNs && latencies.count < count);
    return toNs;
  };
  let endNs: number;
  do {
    endNs = stretch(Math.min(endAtNs, nowNs() + TURN_NS));
    await turn();
    if (abandoned()) return null;
  } while (endNs < endAtNs && latencies.count < count);
  return { startNs, endNs, latenciesNs: latencies, completionsNs: null };
}

/** One query per arrival, first in first out, one at a time: a latency is completion less arrival, so it has the time in the queue too. Null when abandoned. */
export async function runServer({ model, samples, abandoned }: Bench, arrivalsNs: readonly number[]): Promise<Batch | null> {
  const latencies = new Samples(arrivalsNs.length);
  const completions = new Samples(arrivalsNs.length);
  let sample = 0;
  model.begin();
  const startNs = nowNs();
  let turnAtNs = startNs + TURN_NS;
  let endNs = startNs;
  for (const arrivalNs of arrivalsNs) {
    const dueNs = startNs + arrivalNs;
    for (let waitNs = dueNs - nowNs(); waitNs > 0; waitNs = dueNs - nowNs()) {
      if (waitNs > SPIN_NS) Atomics.wait(sleeper, 0, 0, Math.min(waitNs - SPIN_NS, TURN_NS) / 1e6);
      // Only while there is time: a turn must not delay an arrival.
      if (nowNs() >= turnAtNs && dueNs - nowNs() > SPIN_NS / 2) {
        await turn();
        if (abandoned()) return null;
        turnAtNs = nowNs() + TURN_NS;
      }
    }
    model.call(sample);
    if (++sample === samples) sample = 0;
    endNs = nowNs();
    latencies.add(endNs - dueNs);
    completions.add(endNs - startNs);
    model.settle();
    // With a queue there is never a good moment; look ten times rarer then, so that closed input ends an overloaded run too.
    if (endNs >= turnAtNs + 10 * TURN_NS) {
      await turn();
      if (abandoned()) return null;
      turnAtNs = nowNs() + TURN_NS;
    }
  }
  return { startNs, endNs, latenciesNs: latencies, completionsNs: completions };
}
