import * as z from 'zod';
import { launchRecordSchema, verificationRecordSchema } from '../domain/launch.ts';
import { VERDICT_STATUSES } from '../domain/verdict.ts';
import type { Database, Row } from './database.ts';
import { jsonOf, numberOf, paged, PAGE_ROWS } from './rows.ts';
import { runSeq } from './run-table.ts';
import { packSeries, unpackSeries } from './samples.ts';
import { StoreError } from './store-error.ts';
import type { AttemptEntry, AttemptKind, AttemptSamples, NewAttempt, StoredAttempt } from './store.ts';

const entrySchema = z.object({
  id: z.int(), kind: z.enum(['measure', 'verify']), subject: z.string(), block: z.int(), attempt: z.int(), position: z.int(), unit: z.string(),
  started_at: z.string(), ended_at: z.string(), status: z.enum(VERDICT_STATUSES),
});

const ENTRY = 'id, kind, subject, block, attempt, position, unit, started_at, ended_at, status';

/** Call inside a write transaction. */
export function insertAttempt(database: Database, attempt: NewAttempt): number {
  const { runId, kind, subject, block, attempt: nth, position, unit, startedAt, endedAt, record, samplesNs, completionsNs = null } = attempt;
  const sql = 'INSERT INTO attempt (run, kind, subject, block, attempt, position, unit, started_at, ended_at, status, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
  const { rowid } = database.run(sql, runSeq(database, runId), kind, subject, block, nth, position, unit, startedAt, endedAt, record.verdict.status, JSON.stringify(record));
  if (samplesNs !== null) {
    database.run('INSERT INTO attempt_samples (attempt, latencies, completions) VALUES (?, ?, ?)',
      rowid, packSeries(samplesNs), completionsNs === null ? null : packSeries(completionsNs));
  }
  return rowid;
}

export function selectEntries(database: Database, runId: string): AttemptEntry[] {
  return database.all(`SELECT ${ENTRY} FROM attempt WHERE run = ? ORDER BY id`, runSeq(database, runId)).map((row) => entryOf(database, row));
}

export function selectAttempts(database: Database, runId: string, kinds: readonly AttemptKind[]): Iterable<StoredAttempt> {
  const seq = runSeq(database, runId);
  return paged(
    (after) => database.all(`SELECT ${ENTRY}, record FROM attempt WHERE run = ? AND id > ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?`,
      seq, after, JSON.stringify(kinds), PAGE_ROWS),
    (row) => numberOf(database, row, 'id'),
    (row) => attemptOf(database, row),
  );
}

export function selectAttemptsOf(database: Database, runId: string, kind: AttemptKind, subject: string): StoredAttempt[] {
  return database.all(`SELECT ${ENTRY}, record FROM attempt WHERE run = ? AND kind = ? AND subject = ? ORDER BY block, attempt`, runSeq(database, runId), kind, subject)
    .map((row) => attemptOf(database, row));
}

export function selectSamples(database: Database, attemptId: number): AttemptSamples | null {
  const row = database.get('SELECT latencies, completions FROM attempt LEFT JOIN attempt_samples ON attempt_samples.attempt = attempt.id WHERE attempt.id = ?', attemptId);
  if (row === null) {
    throw new StoreError('not-found', database.path, `store ${database.path} has no attempt ${attemptId}. What to do: read its attempts anew.`);
  }
  const samplesNs = seriesOf(database, row['latencies']);
  return samplesNs === null ? null : { samplesNs, completionsNs: seriesOf(database, row['completions']) };
}

function seriesOf(database: Database, value: Row[string] | undefined): Float64Array | null {
  if (!(value instanceof Uint8Array)) return null;
  try {
    return unpackSeries(value);
  } catch (error) {
    throw new StoreError('bad-row', database.path, `store ${database.path}: the samples of an attempt can't be read. What to do: check the disk; restore a copy.`, error);
  }
}

function entryOf(database: Database, row: Row): AttemptEntry {
  const parsed = entrySchema.safeParse(row);
  if (!parsed.success) throw new StoreError('bad-row', database.path, `store ${database.path}: an attempt can't be read: ${z.prettifyError(parsed.error)}`, parsed.error);
  const { started_at: startedAt, ended_at: endedAt, ...rest } = parsed.data;
  return { ...rest, startedAt, endedAt };
}

function attemptOf(database: Database, row: Row): StoredAttempt {
  const { id, kind, subject, block, attempt, position, unit, startedAt, endedAt } = entryOf(database, row);
  const fields = { id, subject, block, attempt, position, unit, startedAt, endedAt };
  return kind === 'measure'
    ? { ...fields, kind, record: jsonOf(database, row, 'record', launchRecordSchema) }
    : { ...fields, kind, record: jsonOf(database, row, 'record', verificationRecordSchema) };
}
