import { changeEventSchema, type ChangeEvent, type EventState } from '../domain/event.ts';
import type { Database, Row } from './database.ts';
import { jsonOf, numberOf, textOf } from './rows.ts';
import { runSeq } from './run-table.ts';
import { StoreError } from './store-error.ts';

export interface EventFilter {
  readonly states?: readonly EventState[];
  /** Noticed at or after, ISO 8601. */
  readonly since?: string;
}

/** A night on which a device was not itself. */
export interface IncidentNight {
  readonly runId: string;
  readonly device: string;
  readonly reason: string;
}

/** Changes found in the series, and what became of them. Every method throws StoreError. */
export interface Events {
  /** In the order in which they were noticed. */
  list(filter?: EventFilter): readonly ChangeEvent[];
  /** Null when there is no such event. */
  get(id: string): ChangeEvent | null;
  /** Stores a new event and gives it its id. */
  add(event: Omit<ChangeEvent, 'id'>): ChangeEvent;
  /** Changes an event as it stands when nobody else writes. `not-found` */
  update(id: string, change: (event: ChangeEvent) => ChangeEvent): ChangeEvent;
  /** Marks a device's night as no night of its models. */
  markNight(runId: string, device: string, reason: string): void;
  /** Marked nights, oldest first. */
  incidentNights(): readonly IncidentNight[];
  /** Does the work in one transaction: all of a night's changes or none. */
  together<T>(work: () => T): T;
}

/** `E12` -> 12; -1 for what is no id. */
function seqOf(id: string): number {
  return /^E\d{1,12}$/.test(id) ? Number(id.slice(1)) : -1;
}

export class EventTables implements Events {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list({ states, since = '' }: EventFilter = {}): readonly ChangeEvent[] {
    const rows = this.#database.all('SELECT seq, record FROM event WHERE noticed_at >= ? AND (? IS NULL OR state IN (SELECT value FROM json_each(?))) ORDER BY seq',
      since, states === undefined ? null : 1, JSON.stringify(states ?? []));
    return rows.map((row) => this.#eventOf(row));
  }

  get(id: string): ChangeEvent | null {
    const row = this.#database.get('SELECT seq, record FROM event WHERE seq = ?', seqOf(id));
    return row === null ? null : this.#eventOf(row);
  }

  add(event: Omit<ChangeEvent, 'id'>): ChangeEvent {
    return this.together(() => {
      const { rowid } = this.#database.run('INSERT INTO event (state, noticed_at, record) VALUES (?, ?, ?)', event.state, event.noticedAt, JSON.stringify({ ...event, id: '' }));
      return { ...event, id: `E${rowid}` };
    });
  }

  update(id: string, change: (event: ChangeEvent) => ChangeEvent): ChangeEvent {
    return this.together(() => {
      const event = this.get(id);
      if (event === null) throw new StoreError('not-found', this.#database.path, `store ${this.#database.path} has no event "${id}". What to do: \`paddock changes\` lists them.`);
      const changed = { ...change(event), id };
      this.#database.run('UPDATE event SET state = ?, record = ? WHERE seq = ?', changed.state, JSON.stringify({ ...changed, id: '' }), seqOf(id));
      return changed;
    });
  }

  markNight(runId: string, device: string, reason: string): void {
    this.together(() => { this.#database.run('INSERT OR REPLACE INTO incident_night (run, device, reason) VALUES (?, ?, ?)', runSeq(this.#database, runId), device, reason); });
  }

  incidentNights(): readonly IncidentNight[] {
    return this.#database.all('SELECT run.id, device, reason FROM incident_night JOIN run ON run.seq = incident_night.run ORDER BY run.seq, device')
      .map((row) => ({ runId: textOf(this.#database, row, 'id'), device: textOf(this.#database, row, 'device'), reason: textOf(this.#database, row, 'reason') }));
  }

  together<T>(work: () => T): T {
    return this.#database.write(work);
  }

  #eventOf(row: Row): ChangeEvent {
    return { ...jsonOf(this.#database, row, 'record', changeEventSchema), id: `E${numberOf(this.#database, row, 'seq')}` };
  }
}
