import * as z from 'zod';
import type { ChangeEvent } from '../domain/event.ts';
import { EXPORT_SCHEMA_VERSION, exportLineSchema, type ExportLine } from '../domain/interchange.ts';
import type { NewAttempt, Store } from '../store/store.ts';

/** A line is not one of an export, or a run is not whole. `line`: from 1. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

export interface Imported {
  runs: number;
  /** Runs that were there already, and stay as they are. */
  known: number;
  events: number;
}

/** Cases (and launches, where the export has them) that are stored in one transaction, with the run that reaches it: nights touch the same pages, and ten at once write them once (`bench:history`: a third of the time). */
export const TOGETHER_CASES = 5000;
/** So many latencies weigh as much as one case: some 40 KiB. */
const LATENCIES_A_CASE = 5000;

type Run = Extract<ExportLine, { type: 'run' }>;
type Row = Extract<ExportLine, { type: 'case' }>;
/** A run whose end has not come yet. */
type OpenRun = { readonly run: Run; readonly rows: Row[]; readonly launches: NewAttempt[]; readonly comparisons: Extract<ExportLine, { type: 'comparisons' }>['comparisons'] };

/** In cases: what a run holds of memory until it is stored. */
function weightOf({ rows, launches }: OpenRun): number {
  return launches.reduce((sum, { samplesNs, completionsNs }) => sum + 1 + ((samplesNs?.length ?? 0) + (completionsNs?.length ?? 0)) / LATENCIES_A_CASE, rows.length);
}

function sameEvent(a: ChangeEvent, b: ChangeEvent): boolean {
  return a.noticed === b.noticed && a.kind === b.kind && a.scope === b.scope && a.cases[0] === b.cases[0];
}

/**
 * Takes the lines of an export into a store. Runs come in whole, several by one transaction: an import that is killed leaves whole runs, and doing it again goes on with the
 * rest. What is there already stays as it is.
 */
export class Importer {
  readonly #store: Store;
  readonly imported: Imported = { runs: 0, known: 0, events: 0 };
  #line = 0;
  #run: OpenRun | null = null;
  /** Whole runs that are not stored yet. */
  #whole: OpenRun[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws ImportError when the line is none of an export (the whole runs before it are in then), StoreError. */
  take(text: string): void {
    try {
      this.#take(text);
    } catch (error) {
      if (error instanceof ImportError) this.#storeWhole();
      throw error;
    }
  }

  #take(text: string): void {
    this.#line++;
    if (text.trim() === '') return;
    const line = this.#read(text);
    if ((this.#line === 1) !== (line.type === 'paddock-export')) throw this.#fault('the first line, and only that, says what this is: {"type":"paddock-export", …}');
    switch (line.type) {
      case 'paddock-export':
        return;
      case 'run':
        if (this.#run !== null) throw this.#fault(`run ${this.#run.run.info.id} has no end`);
        this.#run = { run: line, rows: [], launches: [], comparisons: [] };
        return;
      case 'case':
        this.#current().rows.push(line);
        return;
      case 'comparisons':
        this.#current().comparisons.push(...line.comparisons);
        return;
      case 'launch':
        this.#launch(line);
        return;
      case 'end-of-run':
        this.#endRun(line);
        return;
      case 'event':
        this.#event(line.event);
        return;
      default: line satisfies never;
    }
  }

  #launch({ attempt, samplesNs, completionsNs }: Extract<ExportLine, { type: 'launch' }>): void {
    const { run, rows, launches } = this.#current();
    if (attempt.kind === 'measure' && !rows.some(({ planned }) => planned.key === attempt.subject)) throw this.#fault(`run ${run.info.id} has no case ${attempt.subject}, of which this launch is`);
    if ([samplesNs, completionsNs].some((values) => values?.some((value) => value < 0 || value > Number.MAX_SAFE_INTEGER) === true)) throw this.#fault('a latency is negative, or longer than any clock tells');
    if (completionsNs !== null && completionsNs.length !== samplesNs?.length) throw this.#fault(`there are ${completionsNs.length} completions for ${samplesNs?.length ?? 0} latencies`);
    launches.push({ ...attempt, runId: run.info.id, samplesNs: numbers(samplesNs), completionsNs: numbers(completionsNs) });
  }

  /** After the last line. Throws ImportError when a run is cut off; those before it are in. */
  end(): void {
    this.#storeWhole();
    if (this.#line === 0) throw new ImportError(1, 'there is nothing in it');
    if (this.#run !== null) throw this.#fault(`it ends inside run ${this.#run.run.info.id}; the runs before it are in`);
  }

  #read(text: string): ExportLine {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#fault('this is not JSON');
    }
    const outcome = exportLineSchema.safeParse(value);
    if (outcome.success) return outcome.data;
    const issue = outcome.error instanceof z.ZodError ? outcome.error.issues[0] : undefined;
    throw this.#fault(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a line of an export'} (this Paddock reads schema version ${EXPORT_SCHEMA_VERSION})`);
  }

  #current(): OpenRun {
    if (this.#run === null) throw this.#fault('a case stands outside of a run');
    return this.#run;
  }

  #endRun({ id, cases, launches: planned }: Extract<ExportLine, { type: 'end-of-run' }>): void {
    const { run, rows, launches, comparisons } = this.#current();
    this.#run = null;
    if (run.info.id !== id || rows.length !== cases) throw this.#fault(`run ${run.info.id} is not whole: ${rows.length} of ${cases} cases`);
    const seen = new Set<string>();
    for (const key of [...rows.map(({ planned: { ordinal } }) => `case ${ordinal}`), ...launches.map(({ kind, subject, block, attempt }) => `launch ${JSON.stringify([kind, subject, block, attempt])}`)]) {
      if (seen.has(key)) throw this.#fault(`run ${id} has ${key} twice`);
      seen.add(key);
    }
    if (launches.length !== planned) throw this.#fault(`run ${id} is not whole: ${launches.length} of ${planned} launches`);
    if (this.#store.run(id) !== null || this.#whole.some((other) => other.run.info.id === id)) {
      this.imported.known++;
      return;
    }
    this.#whole.push({ run, rows, launches, comparisons });
    if (this.#whole.reduce((sum, one) => sum + weightOf(one), 0) >= TOGETHER_CASES) this.#storeWhole();
  }

  #storeWhole(): void {
    const whole = this.#whole;
    this.#whole = [];
    this.#store.together(() => {
      for (const { run: { info, suite, devices, incidents }, rows, launches, comparisons } of whole) {
        this.#store.createRun({ info, suite, devices, cases: rows.map(({ planned }) => planned) });
        this.#store.putResults(info.id, rows.flatMap(({ planned, result }) => (result === null ? [] : [{ ordinal: planned.ordinal, result }])));
        this.#store.putComparisons(info.id, comparisons);
        for (const launch of launches) this.#store.addAttempt(launch);
        for (const { device, reason } of incidents) this.#store.events.markNight(info.id, device, reason);
      }
    });
    this.imported.runs += whole.length;
  }

  #event(event: ChangeEvent): void {
    if (this.#run !== null) throw this.#fault(`an event stands inside run ${this.#run.run.info.id}`);
    this.#storeWhole();
    this.#store.together(() => {
      if (this.#store.events.list({ since: event.noticedAt }).some((known) => sameEvent(known, event))) return;
      this.#store.events.add(event);
      this.imported.events++;
    });
  }

  #fault(message: string): ImportError {
    return new ImportError(this.#line, message);
  }
}

function numbers(values: readonly number[] | null): Float64Array | null {
  return values === null ? null : Float64Array.from(values);
}
