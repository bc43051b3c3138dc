/**
 * Harness protocol, version 1: newline-delimited JSON over any duplex stream. Each request has an `id`; its answer (or `error`) repeats it.
 * Times are integer nanoseconds of the device's monotonic clock. Unknown fields are ignored; an unknown `op` gets an `error` with code
 * `unknown-op`; a line that is not a JSON object is log text. A harness whose input closes exits.
 */
import * as z from 'zod';

export const PROTOCOL_VERSION = 1;

/** A longer line is a fault of the peer. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

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
}

export type Request =
  | { readonly op: 'hello'; readonly id: number; readonly protocol: number }
  | { readonly op: 'load'; readonly id: number; readonly runtime: string; readonly model: string | null; readonly delegate: string; readonly options: LoadOptions }
  /** Names the samples that `run` cycles through and `infer` reads; `carry` maps an input to the output that feeds it on the next call. */
  | { readonly op: 'inputs'; readonly id: number; readonly samples: readonly (readonly TensorRef[])[]; readonly carry?: Readonly<Record<string, string>> }
  /** Calls back to back (single-stream, offline) until `count` queries or `durationNs`, whichever is first. A query is `callsPerQuery` calls (multi-stream). */
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
    clockResolutionNs: z.number(), cores: z.int(), pid: z.int(), nowNs: z.number(),
  }),
  z.object({ event: z.literal('loaded'), id, initNs: z.number(), inputs: z.array(signature), outputs: z.array(signature) }),
  z.object({ event: z.literal('inputs'), id, samples: z.int() }),
  z.object({
    event: z.literal('batch'), id, startNs: z.number(), endNs: z.number(),
    /** One per query, in the order started. Server: completion less arrival. */
    latenciesNs: z.array(z.number()),
    /** True when this batch's first latency is the first inference since `load`. */
    first: z.boolean(),
    /** Server scenario: completions, ns after startNs. */
    completionsNs: z.array(z.number()).optional(),
  }),
  z.object({ event: z.literal('outputs'), id, outputs: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.number()), data: z.string() })) }),
  z.object({
    event: z.literal('placement'), id, method: z.string(),
    nodes: z.array(z.object({ name: z.string(), operator: z.string(), provider: z.string(), calls: z.int(), timeNs: z.number() })),
  }),
  z.object({ event: z.literal('memory'), id, peakBytes: z.number(), currentBytes: z.number(), method: z.string() }),
  z.object({ event: z.literal('bye'), id }),
  /** `id` is null when the request could not be read. `code` is one of ERROR_CODES; another code is kept as it is. */
  z.object({ event: z.literal('error'), id: z.int().nullable(), code: z.string(), message: z.string() }),
]);
export type HarnessEvent = Readonly<z.infer<typeof eventSchema>>;

/** What each error code means. */
export const ERROR_CODES = {
  'unknown-op': 'the harness does not know this op',
  'bad-request': 'a field is missing or of the wrong type',
  'bad-order': 'the op needs another one before it (run before load)',
  'bad-option': 'an option that this harness or runtime can not honour',
  'unknown-runtime': 'the harness does not carry this runtime',
  'unknown-delegate': 'the runtime does not offer this delegate here',
  'model-unreadable': 'the model file is missing or unreadable',
  'model-invalid': 'the runtime refuses the model',
  'bad-input': 'the runtime refuses the inputs (name, type or shape)',
  'fallback': 'strict was asked for and a node would run on another delegate',
  'run-failed': 'an inference failed',
  'not-profiled': 'placement was asked for without a profile',
  'internal': 'a fault of the harness itself',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;
