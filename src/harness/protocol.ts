/**
 * Harness protocol, version 1: newline-delimited JSON over any duplex stream. Each request has an `id`; its answer (or `error`) repeats it.
 * Times are integer nanoseconds of the device's monotonic clock. Unknown fields are ignored; an unknown `op` gets an `error` with code
 * `unknown-op`; a line that is not a JSON object is log text. A harness whose input closes exits.
 */
import * as z from 'zod';

import { browserFactsSchema } from '../domain/browser.ts';

export * from './wire.ts';

/** A tensor by file (raw little-endian bytes) or, for small ones, inline as base64. */
export interface TensorRef {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly path?: string;
  readonly data?: string;
}

/** Options of `load`; a harness refuses what it can't honour with code `bad-option`. */
export interface LoadOptions {
  readonly threads: number;
  readonly graphOptimization: 'disabled' | 'basic' | 'extended' | 'all';
  /** Sizes for dimensions that the model leaves open by name. */
  readonly freeDimensions?: Readonly<Record<string, number>>;
  /** Path prefix for a profile; asked for by the verifying pass only. */
  readonly profilePrefix?: string;
  /** Refuse to load when a node would run on another delegate. */
  readonly strict?: boolean;
  /** Cores that the process is held on from here on, by number. A harness that can't refuses with `bad-option`; one that can tells it in `loaded`. */
  readonly affinity?: readonly number[];
}

export type Request =
  | { readonly op: 'hello'; readonly id: number; readonly protocol: number }
  | { readonly op: 'load'; readonly id: number; readonly runtime: string; readonly model: string | null; readonly delegate: string; readonly options: LoadOptions }
  /** Names the samples that `run` cycles through and `infer` reads; `carry` maps an input to the output that feeds it on the
   *  next call of the same `run`; each `run` starts from the sample's own value, and `infer` always uses it. */
  | { readonly op: 'inputs'; readonly id: number; readonly samples: readonly (readonly TensorRef[])[]; readonly carry?: Readonly<Record<string, string>> }
  /** Calls back to back (single-stream, offline) until `count` queries or `durationNs`, whichever is first. A query is `callsPerQuery` calls (multi-stream).
   *  The query that is under way when the time is up still counts, so there is at least one. A batch ends at MAX_BATCH_QUERIES in any case, and the first after `load`
   *  after its first query where only that one could be told alone. */
  | { readonly op: 'run'; readonly id: number; readonly scenario: 'single-stream' | 'multi-stream' | 'offline'; readonly count: number; readonly durationNs: number; readonly callsPerQuery: number }
  /** One query per arrival, first in first out; arrivals in ns after the batch's start, ascending. */
  | { readonly op: 'run'; readonly id: number; readonly scenario: 'server'; readonly arrivalsNs: readonly number[] }
  | { readonly op: 'infer'; readonly id: number; readonly sample: number }
  | { readonly op: 'placement'; readonly id: number }
  | { readonly op: 'memory'; readonly id: number }
  | { readonly op: 'bye'; readonly id: number };

const signature = z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.union([z.number(), z.string(), z.null()])) });
const id = z.int();

/** What a harness answers. */
export const eventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('hello'), id, protocol: z.int(), harness: z.object({ name: z.string(), version: z.string() }),
    /** Runtimes this harness carries, with the delegates each can offer on this device. */
    runtimes: z.array(z.object({ name: z.string(), version: z.string(), delegates: z.array(z.object({ name: z.string(), kind: z.enum(['cpu', 'gpu', 'npu']) })) })),
    clockResolutionNs: z.number(), cores: z.int(), nowNs: z.number(),
    /** Absent where a harness is no process of its own (a page). */
    pid: z.int().optional(),
    /** The device's uptime with its sleep (CLOCK_BOOTTIME, as in /proc/uptime) at the moment of nowNs, ns: brings readings of sensors to the harness's clock. */
    uptimeNs: z.number().optional(),
    /** Of a harness in a browser. */
    browser: browserFactsSchema.optional(),
  }),
  z.object({ event: z.literal('loaded'), id, initNs: z.number(), inputs: z.array(signature), outputs: z.array(signature),
    /** Name of the software that plays the GPU (SwiftShader …); absent on real hardware. A harness that can tell must tell. */
    softwareGpu: z.string().optional(),
    /** The cores that the process may run on now, asked from the system. Absent where a harness can't tell. */
    affinity: z.array(z.int().min(0)).optional(),
    /** Threads that compute, counted, not as asked for. Absent where they can't be counted. */
    threads: z.int().min(1).optional(),
    /** Why the model's file was not kept where it ran, in words, by a harness that keeps files itself: it is sent again for each launch. */
    notKept: z.string().optional() }),
  z.object({ event: z.literal('inputs'), id, samples: z.int() }),
  z.object({
    event: z.literal('batch'), id, startNs: z.number(), endNs: z.number(),
    /** One per query, in the order started. Server: completion less arrival. */
    latenciesNs: z.array(z.number()),
    /** True when this batch's first latency is the first inference since `load`. */
    first: z.boolean(),
    /** Server scenario: completions, ns after startNs. */
    completionsNs: z.array(z.number()).optional(),
    /** Where the clock can't tell a query: each latency is the mean of so many, timed together. They tell a median and a rate, but no tail. From batch to batch it is the same, or
     *  grows where the engine got so fast that its groups were too short: what was told before is then another series. */
    groupSize: z.int().min(2).optional(),
    /** What spoiled this batch, in words, where the harness noticed: a page that was hidden or held back. */
    disturbance: z.string().optional(),
  }),
  z.object({ event: z.literal('outputs'), id, outputs: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()), data: z.string() })) }),
  z.object({
    event: z.literal('placement'), id, method: z.string(),
    nodes: z.array(z.object({ name: z.string(), operator: z.string(), provider: z.string(), calls: z.int(), timeNs: z.number() })),
  }),
  /** Without bytes where the harness can't read its memory; `method` then says why. */
  z.object({ event: z.literal('memory'), id, peakBytes: z.number().optional(), currentBytes: z.number().optional(), method: z.string() }),
  z.object({ event: z.literal('bye'), id }),
  /** `id` is null when the request could not be read. `code` is one of ERROR_CODES; another code is kept as it is. */
  z.object({ event: z.literal('error'), id: z.int().nullable(), code: z.string(), message: z.string() }),
]);
export type HarnessEvent = Readonly<z.infer<typeof eventSchema>>;
