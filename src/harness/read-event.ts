import { eventSchema, type HarnessEvent } from './protocol.ts';

type BatchEvent = Extract<HarnessEvent, { event: 'batch' }>;

/** A batch with its times in typed arrays. */
export interface Batch extends Omit<BatchEvent, 'latenciesNs' | 'completionsNs'> {
  /** One per query, in the order started, ns. Server: completion less arrival. */
  readonly latenciesNs: Float64Array;
  /** Server scenario: completions, ns after startNs, as many as latencies; else null. */
  readonly completionsNs: Float64Array | null;
}

export type ClientEvent = Exclude<HarnessEvent, BatchEvent> | Batch;

/**
 * Checks one event; throws an Error that says what is wrong. A batch can hold 20,000 latencies a second, so its arrays are checked by a plain loop and only
 * the rest by the schema.
 */
export function readEvent(value: object): ClientEvent {
  const raw: Readonly<Record<string, unknown>> = { ...value };
  if (raw.event !== 'batch') return parse(raw) as Exclude<ClientEvent, Batch>;
  const latenciesNs = readTimes(raw.latenciesNs, 'latenciesNs');
  const completionsNs = raw.completionsNs === undefined ? null : readTimes(raw.completionsNs, 'completionsNs');
  if (completionsNs !== null && completionsNs.length !== latenciesNs.length) {
    throw new Error(`batch has ${latenciesNs.length} latencies but ${completionsNs.length} completions`);
  }
  const { latenciesNs: _latencies, completionsNs: _completions, ...rest } = parse({ ...raw, latenciesNs: [], completionsNs: [] }) as BatchEvent;
  if (rest.endNs < rest.startNs) throw new Error('batch ends before it starts');
  return { ...rest, latenciesNs, completionsNs };
}

function parse(raw: unknown): HarnessEvent {
  const result = eventSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(issue === undefined ? 'not an event' : `${issue.path.join('.') || 'event'}: ${issue.message}`);
}

/** Finite and not negative. */
function readTimes(list: unknown, name: string): Float64Array {
  if (!Array.isArray(list)) throw new Error(`batch.${name} is not a list`);
  const times = new Float64Array(list.length);
  for (let i = 0; i < times.length; i++) {
    const value: unknown = list[i];
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) throw new Error(`batch.${name}[${i}] is not a time: ${JSON.stringify(value)}`);
    times[i] = value;
  }
  return times;
}
