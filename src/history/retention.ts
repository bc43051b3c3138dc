import { isOpen, type ChangeEvent } from '../domain/event.ts';
import { readRunSpec, RunSpecError } from '../farm/run-spec.ts';
import type { KeptFiles, KeptItem } from '../store/kept-files.ts';
import type { Store } from '../store/store.ts';
import { bundleId } from './harness-bundle.ts';

export interface RetentionRules {
  /** Raw samples of launches older than this go; results and series stay. */
  readonly samplesMs: number;
  /** Model files and harness apps go that only nights older than this were measured with. */
  readonly filesMs: number;
  /** Of the others, the least recently used go until the rest is no larger. */
  readonly filesBytes: number;
}

/** What went, or would go. */
export interface Tidied {
  readonly launches: number;
  readonly sampleBytes: number;
  readonly files: number;
  readonly fileBytes: number;
}

/** Launches whose samples go in one transaction: milliseconds, so that a run that writes meanwhile hardly waits. */
const BATCH = 200;
/** Something used so recently may be in use now. */
const IN_USE_MS = 24 * 3_600_000;

/** The model files of a run, references among them; none where its plan is one that this version can't read. */
function modelFiles(store: Store, runId: string): readonly string[] {
  if (store.run(runId) === null) return [];
  try {
    return Object.values(readRunSpec(store.runSuite(runId), runId).files).map(({ sha256 }) => sha256);
  } catch (error) {
    if (error instanceof RunSpecError) return [];
    throw error;
  }
}

/** Hashes and ids of what nights were measured with. */
function neededBy(store: Store, runIds: Iterable<string>): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const runId of new Set(runIds)) {
    for (const sha256 of modelFiles(store, runId)) needed.add(sha256);
    for (const environment of store.history.environments(runId)) needed.add(environment.model ?? '').add(bundleId(environment) ?? '');
  }
  return needed;
}

/** The oldest night that an A/B of an event may put back: the last valid one of any of its cases before the change can have been. */
function goodNight(store: Store, event: ChangeEvent): string {
  const goods = event.cases.flatMap((key) => store.history.casePoints(key).findLast(({ state, runId }) => state === 'ok' && runId < event.earliest)?.runId ?? []);
  return [event.lastGood, ...goods].sort()[0] ?? event.lastGood;
}

/** What of the kept files may go: first what no recent night or open event needs, then the least recently used, but never what an open event or a suite's last night needs. */
function superfluous(store: Store, items: readonly KeptItem[], rules: RetentionRules, nowMs: number): readonly KeptItem[] {
  const nights = store.history.nights();
  const lastOfSuite = new Map(nights.map((night) => [night.suite, night.id]));
  // An acknowledgement that ends makes its event open again.
  const pending = store.events.list().filter((event) => isOpen(event) || (event.state === 'acknowledged' && event.acknowledgement?.until !== null));
  const ofEvents = pending.flatMap((event) => {
    const [from, to] = [goodNight(store, event), event.latest];
    return nights.filter(({ id }) => id >= from && id <= to).map(({ id }) => id);
  });
  const must = neededBy(store, [...lastOfSuite.values(), ...ofEvents]);
  const since = new Date(nowMs - rules.filesMs).toISOString();
  const may = neededBy(store, nights.filter(({ startedAt }) => startedAt >= since).map(({ id }) => id));
  const free = items.filter((item) => !must.has(item.id) && nowMs - item.usedMs > IN_USE_MS);
  const old = free.filter((item) => !may.has(item.id));
  let bytes = items.reduce((sum, item) => sum + item.bytes, 0) - old.reduce((sum, item) => sum + item.bytes, 0);
  const more = free.filter((item) => may.has(item.id)).filter((item) => {
    if (bytes <= rules.filesBytes) return false;
    bytes -= item.bytes;
    return true;
  });
  return [...old, ...more];
}

export interface TidyOptions {
  readonly store: Store;
  readonly kept: KeptFiles;
  readonly rules: RetentionRules;
  readonly mode: 'do' | 'tell';
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Applies retention rules: raw samples and kept files go, summaries stay. May be killed at any point and done again. */
export async function tidy({ store, kept, rules, mode, now, signal }: TidyOptions): Promise<Tidied> {
  const before = new Date(now.getTime() - rules.samplesMs).toISOString();
  const samples = store.oldSamples(before);
  const items = superfluous(store, await kept.list(), rules, now.getTime());
  if (mode === 'do') {
    while (store.dropSamples(before, BATCH) > 0) {
      signal.throwIfAborted();
      await new Promise((turn) => { setImmediate(turn); });
    }
    for (const item of items) {
      signal.throwIfAborted();
      await kept.remove(item);
    }
    await kept.removeLeftovers(now.getTime());
  }
  return { launches: samples.launches, sampleBytes: samples.bytes, files: items.length, fileBytes: items.reduce((sum, item) => sum + item.bytes, 0) };
}
