import type { LaunchRecord } from '../domain/launch.ts';
import type { VerdictStatus } from '../domain/verdict.ts';
import { DEVICE_LOST, DISTURBED, TRANSIENT_FAULTS } from '../measure/fault.ts';
import type { AttemptKind, NewAttempt, Store } from '../store/store.ts';

/** What may be the machine's fault is tried once more. */
export const MAX_TRANSIENT = 2;
/** What lost the device is tried twice more: that is rarely the case's fault. Three times is no chance any more. */
export const MAX_LOSSES = 3;
/** Likewise what the surroundings spoiled: a notification in front of a page, a moment without a turn. */
const MAX_DISTURBANCES = 3;

/** What deciding about further launches needs of one attempt. */
export interface Digest {
  readonly unit: string;
  readonly status: VerdictStatus;
  readonly code: string | null;
  /** The number whose precision counts: SPS where there is one, else the median latency; null without either. */
  readonly value: number | null;
}

type Entry = NewAttempt extends infer A ? (A extends unknown ? Omit<A, 'runId' | 'attempt' | 'position'> : never) : never;

/** The last of one unit's attempts at a thing; null while there is none, or one that is worth another try. */
export function lastWord(own: readonly Digest[]): Digest | null {
  const last = own.at(-1);
  if (last === undefined) return null;
  return own.filter((digest) => digest.code === last.code).length < triesOf(last) ? null : last;
}

function triesOf({ status, code }: Digest): number {
  if (code === DISTURBED) return MAX_DISTURBANCES;
  if (status !== 'failed' || code === null) return 0;
  return code === DEVICE_LOST ? MAX_LOSSES : TRANSIENT_FAULTS.has(code) ? MAX_TRANSIENT : 0;
}

function digestOf({ kind, unit, record }: Pick<NewAttempt, 'kind' | 'unit' | 'record'>): Digest {
  const launch = kind === 'measure' ? (record as LaunchRecord) : null;
  return { unit, status: record.verdict.status, code: record.verdict.reasons[0]?.code ?? null, value: launch?.sps ?? launch?.quantiles.p50?.value ?? null };
}

/** Every attempt of a run: those of earlier sessions, and those that are made now, which are durable when `add` settles. */
export class AttemptLog {
  readonly #store: Store;
  readonly #runId: string;
  /** By kind, then subject, then block; in the order made. */
  readonly #slots = { verify: new Map<string, Map<number, Digest[]>>(), measure: new Map<string, Map<number, Digest[]>>() };
  readonly #spentSeconds = new Map<string, number>();
  /** Who made a case's last launch; blocks are not worked off in order. */
  readonly #lastLaunch = new Map<string, { readonly position: number; readonly unit: string }>();
  #position = 0;

  constructor(store: Store, runId: string) {
    this.#store = store;
    this.#runId = runId;
    for (const attempt of store.attempts(runId)) {
      this.#position = Math.max(this.#position, attempt.position + 1);
      const seconds = (Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt)) / 1000;
      this.#spentSeconds.set(attempt.unit, this.spentSeconds(attempt.unit) + seconds);
      this.#slot(attempt.kind, attempt.subject, attempt.block).push(digestOf(attempt));
      this.#noteLast(attempt);
    }
  }

  /** What earlier sessions took on a unit. */
  spentSeconds(unit: string): number {
    return this.#spentSeconds.get(unit) ?? 0;
  }

  async add(entry: Entry): Promise<void> {
    const slot = this.#slot(entry.kind, entry.subject, entry.block);
    const attempt = slot.push(digestOf(entry)) - 1;
    const position = this.#position++;
    this.#noteLast({ ...entry, position });
    await this.#store.recordAttempt({ ...entry, runId: this.#runId, attempt, position });
  }

  /** The unit's last word on a subject and block; null while there is none, or one that is worth another try. */
  settled(kind: AttemptKind, subject: string, block: number, unit: string): Digest | null {
    return lastWord((this.#slots[kind].get(subject)?.get(block) ?? []).filter((digest) => digest.unit === unit));
  }

  /** A case's settled launches on a unit. */
  launches(subject: string, unit: string): Digest[] {
    return [...(this.#slots.measure.get(subject)?.keys() ?? [])].flatMap((block) => this.settled('measure', subject, block, unit) ?? []);
  }

  /** The unit that made a case's last launch, null without one. */
  lastUnit(subject: string): string | null {
    return this.#lastLaunch.get(subject)?.unit ?? null;
  }

  #noteLast({ kind, subject, unit, position }: Pick<NewAttempt, 'kind' | 'subject' | 'unit' | 'position'>): void {
    if (kind === 'measure' && position >= (this.#lastLaunch.get(subject)?.position ?? 0)) this.#lastLaunch.set(subject, { position, unit });
  }

  #slot(kind: AttemptKind, subject: string, block: number): Digest[] {
    const blocks = this.#slots[kind].get(subject) ?? new Map<number, Digest[]>();
    this.#slots[kind].set(subject, blocks);
    const slot = blocks.get(block) ?? [];
    blocks.set(block, slot);
    return slot;
  }
}
