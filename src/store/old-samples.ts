import type { Database } from './database.ts';
import { numberOf } from './rows.ts';

const OLD = `attempt_samples JOIN attempt ON attempt.id = attempt_samples.attempt JOIN run ON run.seq = attempt.run WHERE run.started_at < ? AND run.status != 'running'`;

/** Call inside a write transaction. */
export function deleteSamples(database: Database, before: string, atMost: number): number {
  return database.run(`DELETE FROM attempt_samples WHERE attempt IN (SELECT attempt.id FROM ${OLD} LIMIT ?)`, before, atMost).changes;
}

export function countSamples(database: Database, before: string): { readonly launches: number; readonly bytes: number } {
  const row = database.get(`SELECT count(*) AS n, coalesce(sum(length(latencies) + coalesce(length(completions), 0)), 0) AS bytes FROM ${OLD}`, before);
  return row === null ? { launches: 0, bytes: 0 } : { launches: numberOf(database, row, 'n'), bytes: numberOf(database, row, 'bytes') };
}
