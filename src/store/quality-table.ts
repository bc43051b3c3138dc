import * as z from 'zod';
import { qualityItemSchema, qualityRecordSchema, type QualityItem, type QualityRecord } from '../domain/quality-record.ts';
import type { Database, Row } from './database.ts';
import { jsonOf, numberOf, paged, PAGE_ROWS, textOf } from './rows.ts';
import { runSeq } from './run-table.ts';

/** One block of items that a subject (a variant with its runtime, delegate, threads and device) answered on a unit. */
export interface QualityAttempt {
  readonly subject: string;
  readonly block: number;
  readonly attempt: number;
  readonly unit: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly record: QualityRecord;
}

/** An attempt with the scores of its items. */
export interface ScoredAttempt extends QualityAttempt {
  readonly items: readonly QualityItem[];
}

const itemsSchema = z.array(qualityItemSchema);
const COLUMNS = 'id, subject, block, attempt, unit, started_at, ended_at, record';

/** Call inside a write transaction. */
export function insertQuality(database: Database, runId: string, { subject, block, attempt, unit, startedAt, endedAt, record, items }: ScoredAttempt): void {
  database.run('INSERT INTO quality_attempt (run, subject, block, attempt, unit, started_at, ended_at, status, record, items) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    runSeq(database, runId), subject, block, attempt, unit, startedAt, endedAt, record.verdict.status, JSON.stringify(record), JSON.stringify(items));
}

function attemptOf(database: Database, row: Row): QualityAttempt {
  return {
    subject: textOf(database, row, 'subject'), block: numberOf(database, row, 'block'), attempt: numberOf(database, row, 'attempt'), unit: textOf(database, row, 'unit'),
    startedAt: textOf(database, row, 'started_at'), endedAt: textOf(database, row, 'ended_at'), record: jsonOf(database, row, 'record', qualityRecordSchema),
  };
}

/** In the order stored. */
export function selectQuality(database: Database, runId: string): Iterable<QualityAttempt> {
  const seq = runSeq(database, runId);
  return paged((after) => database.all(`SELECT ${COLUMNS} FROM quality_attempt WHERE run = ? AND id > ? ORDER BY id LIMIT ?`, seq, after, PAGE_ROWS), (row) => numberOf(database, row, 'id'), (row) => attemptOf(database, row));
}

/** A subject's attempts with their scores, by block and attempt. */
export function selectQualityOf(database: Database, runId: string, subject: string): ScoredAttempt[] {
  return database.all(`SELECT ${COLUMNS}, items FROM quality_attempt WHERE run = ? AND subject = ? ORDER BY block, attempt`, runSeq(database, runId), subject)
    .map((row) => ({ ...attemptOf(database, row), items: jsonOf(database, row, 'items', itemsSchema) }));
}
