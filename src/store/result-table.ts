import { caseResultSchema, comparisonSchema } from '../domain/result.ts';
import type { CaseResult, Comparison } from '../domain/result.ts';
import type { Database } from './database.ts';
import { jsonOf, numberOf, paged, PAGE_ROWS } from './rows.ts';
import { runSeq } from './run-table.ts';
import { StoreError } from './store-error.ts';

/** Call inside a write transaction. */
export function upsertResult(database: Database, seq: number, ordinal: number, result: CaseResult): void {
  const planned = database.get('SELECT key FROM planned_case WHERE run = ? AND ordinal = ?', seq, ordinal);
  if (planned?.['key'] !== result.key) {
    throw new StoreError('not-found', database.path,
      `store ${database.path}: the run's plan has ${planned === null ? 'no case' : `the case "${String(planned['key'])}"`} at ${ordinal}, so that the result of "${result.key}" can't be stored there.`);
  }
  database.run('INSERT INTO result (run, ordinal, result) VALUES (?, ?, ?) ON CONFLICT (run, ordinal) DO UPDATE SET result = excluded.result', seq, ordinal, JSON.stringify(result));
}

export function selectResults(database: Database, runId: string): Iterable<CaseResult> {
  const seq = runSeq(database, runId);
  return paged(
    (after) => database.all('SELECT ordinal, result FROM result WHERE run = ? AND ordinal > ? ORDER BY ordinal LIMIT ?', seq, after, PAGE_ROWS),
    (row) => numberOf(database, row, 'ordinal'),
    (row) => jsonOf(database, row, 'result', caseResultSchema),
  );
}

export function countResults(database: Database, runId: string): number {
  const row = database.get('SELECT count(*) AS n FROM result WHERE run = ?', runSeq(database, runId));
  return row === null ? 0 : numberOf(database, row, 'n');
}

export function selectResult(database: Database, runId: string, key: string): CaseResult | null {
  const row = database.get('SELECT result FROM result JOIN planned_case USING (run, ordinal) WHERE run = ? AND key = ?', runSeq(database, runId), key);
  return row === null ? null : jsonOf(database, row, 'result', caseResultSchema);
}

/** Call inside a write transaction. */
export function replaceComparisons(database: Database, runId: string, comparisons: readonly Comparison[]): void {
  const seq = runSeq(database, runId);
  database.run('DELETE FROM comparison WHERE run = ?', seq);
  comparisons.forEach((comparison, ordinal) => {
    database.run('INSERT INTO comparison (run, ordinal, comparison) VALUES (?, ?, ?)', seq, ordinal, JSON.stringify(comparison));
  });
}

export function selectComparisons(database: Database, runId: string): Comparison[] {
  return database.all('SELECT comparison FROM comparison WHERE run = ? ORDER BY ordinal', runSeq(database, runId)).map((row) => jsonOf(database, row, 'comparison', comparisonSchema));
}
