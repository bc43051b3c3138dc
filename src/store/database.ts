import { backup, DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { asStoreError } from './sqlite-fault.ts';

export type Row = Record<string, SQLOutputValue>;

export interface DatabaseOptions {
  /** `immutable` reads a file that nobody can be writing (its folder is read-only). */
  readonly access: 'read' | 'write' | 'immutable';
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs: number;
}

/** One SQLite connection: prepared statements kept by their text, transactions, and every fault as a StoreError. */
export class Database implements Disposable {
  readonly path: string;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param location absolute path, or a file URL with SQLite's own query parameters */
  constructor(path: string, location: string | URL, options: DatabaseOptions) {
    this.path = path;
    this.#connection = this.#guard('opening', () => new DatabaseSync(location, {
      readOnly: options.access !== 'write', timeout: options.busyTimeoutMs, enableForeignKeyConstraints: true,
    }));
  }

  /** Runs statements that give no rows and take no parameters. */
  execute(sql: string): void {
    this.#guard(sql, () => { this.#connection.exec(sql); });
  }

  /** Returns the rowid of the last insert and the number of rows changed. */
  run(sql: string, ...parameters: SQLInputValue[]): { readonly rowid: number; readonly changes: number } {
    return this.#guard(sql, () => {
      const { lastInsertRowid, changes } = this.#statement(sql).run(...parameters);
      return { rowid: Number(lastInsertRowid), changes: Number(changes) };
    });
  }

  get(sql: string, ...parameters: SQLInputValue[]): Row | null {
    return this.#guard(sql, () => this.#statement(sql).get(...parameters) ?? null);
  }

  all(sql: string, ...parameters: SQLInputValue[]): Row[] {
    return this.#guard(sql, () => this.#statement(sql).all(...parameters));
  }

  /** Does the work in one write transaction, taken at once (`IMMEDIATE`) so that it never fails half-way on another writer's lock; inside another one, as a part of it. */
  write<T>(work: () => T): T {
    if (this.#connection.isTransaction) return work();
    this.execute('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.execute('COMMIT');
      return result;
    } catch (error) {
      if (this.#connection.isTransaction) this.execute('ROLLBACK');
      throw error;
    }
  }

  /** Commits without waiting for the disk: they are whole, and in order, but a power cut can take the last ones until the write-ahead log is synced. */
  withoutSync<T>(work: () => T): T {
    this.execute('PRAGMA synchronous = NORMAL');
    try {
      return work();
    } finally {
      this.execute('PRAGMA synchronous = FULL');
    }
  }

  /** Copies the database as it is at one moment to a new file, while others go on writing. */
  async backup(path: string): Promise<void> {
    try {
      await backup(this.#connection, path);
    } catch (error) {
      throw asStoreError(error, this.path, 'copying');
    }
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  close(): void {
    if (!this.isOpen) return;
    this.#statements.clear();
    this.#guard('closing', () => { this.#connection.close(); });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** `what`: the statement, or another word for what is done. */
  #guard<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asStoreError(error, this.path, firstWords(what));
    }
  }
}

function firstWords(sql: string): string {
  return sql.trim().split(/[\s(;]+/, 3).join(' ');
}
