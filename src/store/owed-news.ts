import { randomUUID } from 'node:crypto';
import { owedNewsSchema, type OwedNews } from '../domain/owed-news.ts';
import type { Database } from './database.ts';
import { jsonOf, textOf } from './rows.ts';
import { runSeq } from './run-table.ts';

/** What finished runs have still to tell: whatever ends a process, the next one makes up for it. Every method throws StoreError. */
export interface OwedNewsOfRuns {
  /** Runs that owe news, in the order in which they were created. */
  runIds(): readonly string[];
  /** Null when the run owes nothing. */
  find(runId: string): OwedNews | null;
  /** From now on the run owes everything. Call it in the transaction that finishes the run, so that no end of the process lies between. `not-found` */
  owe(runId: string, folder: string): void;
  /** Changes what a run owes, as it stands when nobody else writes; nothing where it owes nothing. */
  update(runId: string, change: (owed: OwedNews) => OwedNews): void;
  /** All is told. */
  settle(runId: string): void;
}

const OF_RUN = 'run = (SELECT seq FROM run WHERE id = ?)';

export class OwedNewsTable implements OwedNewsOfRuns {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  runIds(): readonly string[] {
    return this.#database.all('SELECT run.id FROM owed_news JOIN run ON run.seq = owed_news.run ORDER BY run.seq').map((row) => textOf(this.#database, row, 'id'));
  }

  find(runId: string): OwedNews | null {
    const row = this.#database.get(`SELECT record FROM owed_news WHERE ${OF_RUN}`, runId);
    return row === null ? null : jsonOf(this.#database, row, 'record', owedNewsSchema);
  }

  owe(runId: string, folder: string): void {
    const owed: OwedNews = { folder, delivery: randomUUID(), findings: null, tried: [], told: [] };
    this.#database.write(() => { this.#database.run('INSERT OR REPLACE INTO owed_news (run, record) VALUES (?, ?)', runSeq(this.#database, runId), JSON.stringify(owed)); });
  }

  update(runId: string, change: (owed: OwedNews) => OwedNews): void {
    this.#database.write(() => {
      const owed = this.find(runId);
      if (owed !== null) this.#database.run(`UPDATE owed_news SET record = ? WHERE ${OF_RUN}`, JSON.stringify(change(owed)), runId);
    });
  }

  settle(runId: string): void {
    this.#database.write(() => { this.#database.run(`DELETE FROM owed_news WHERE ${OF_RUN}`, runId); });
  }
}
