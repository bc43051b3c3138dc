import { plannedCaseSchema } from '../domain/plan.ts';
import type { PlannedCase } from '../domain/plan.ts';
import { deviceFactsSchema, runInfoSchema } from '../domain/result.ts';
import type { DeviceFacts, RunInfo, RunStatus } from '../domain/result.ts';
import type { Reason } from '../domain/verdict.ts';
import type { Database, Row } from './database.ts';
import { jsonOf, numberOf, paged, PAGE_ROWS, textOf } from './rows.ts';
import { StoreError } from './store-error.ts';
import type { NewRun } from './store.ts';

/** A run's row number. @throws StoreError `not-found` */
export function runSeq(database: Database, runId: string): number {
  const row = database.get('SELECT seq FROM run WHERE id = ?', runId);
  if (row !== null) return numberOf(database, row, 'seq');
  throw new StoreError('not-found', database.path, `store ${database.path} has no run "${runId}". What to do: name one of its runs.`);
}

export function insertRun(database: Database, run: NewRun): void {
  const { rowid: seq } = database.run('INSERT INTO run (id, status, info, suite, purpose, started_at, name) VALUES (?, ?, ?, ?, ?, ?, ?)',
    run.info.id, run.info.status, JSON.stringify(run.info), run.suite, run.info.purpose ?? 'suite', run.info.startedAt, run.info.suite);
  insertDevices(database, seq, run.devices);
  for (const planned of run.cases) {
    database.run('INSERT INTO planned_case (run, ordinal, key, spec, verdict) VALUES (?, ?, ?, ?, ?)',
      seq, planned.ordinal, planned.key, JSON.stringify(planned.case), planned.verdict === null ? null : JSON.stringify(planned.verdict));
  }
}

export function selectRun(database: Database, runId: string): RunInfo | null {
  const row = database.get('SELECT info FROM run WHERE id = ?', runId);
  return row === null ? null : infoOf(database, row);
}

/** Of the runs of suites: a canary or an A/B is not what `latest` means. */
export function selectLatestRun(database: Database, statuses: readonly RunStatus[]): RunInfo | null {
  const row = database.get('SELECT info FROM run WHERE purpose = \'suite\' AND status IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT 1', JSON.stringify(statuses));
  return row === null ? null : infoOf(database, row);
}

export function selectRuns(database: Database): RunInfo[] {
  return database.all('SELECT info FROM run ORDER BY seq').map((row) => infoOf(database, row));
}

export function selectSuite(database: Database, runId: string): string {
  const row = database.get('SELECT suite FROM run WHERE seq = ?', runSeq(database, runId));
  return row === null ? '' : textOf(database, row, 'suite');
}

/** Changes a run's facts; call inside a write transaction. */
export function changeRun(database: Database, runId: string, change: (info: RunInfo) => RunInfo): void {
  const seq = runSeq(database, runId);
  const info = selectRun(database, runId);
  if (info === null) return;
  const changed = change(info);
  database.run('UPDATE run SET status = ?, info = ? WHERE seq = ?', changed.status, JSON.stringify(changed), seq);
}

/** The warnings with those added that are not among them. */
export function mergeReasons(present: readonly Reason[], added: readonly Reason[]): Reason[] {
  const merged = new Map([...present, ...added].map((reason) => [`${reason.code}\n${reason.message}`, reason]));
  return [...merged.values()];
}

export function replaceDevices(database: Database, runId: string, devices: readonly DeviceFacts[]): void {
  const seq = runSeq(database, runId);
  database.run('DELETE FROM device WHERE run = ?', seq);
  insertDevices(database, seq, devices);
}

export function selectDevices(database: Database, runId: string): DeviceFacts[] {
  return database.all('SELECT facts FROM device WHERE run = ? ORDER BY ordinal', runSeq(database, runId)).map((row) => jsonOf(database, row, 'facts', deviceFactsSchema));
}

export function selectPlan(database: Database, runId: string): Iterable<PlannedCase> {
  const seq = runSeq(database, runId);
  return paged(
    (after) => database.all('SELECT ordinal, key, spec, verdict FROM planned_case WHERE run = ? AND ordinal > ? ORDER BY ordinal LIMIT ?', seq, after, PAGE_ROWS),
    (row) => numberOf(database, row, 'ordinal'),
    (row) => ({
      key: textOf(database, row, 'key'),
      ordinal: numberOf(database, row, 'ordinal'),
      case: jsonOf(database, row, 'spec', plannedCaseSchema.shape.case),
      verdict: row['verdict'] === null ? null : jsonOf(database, row, 'verdict', plannedCaseSchema.shape.verdict),
    }),
  );
}

function insertDevices(database: Database, seq: number, devices: readonly DeviceFacts[]): void {
  devices.forEach((facts, ordinal) => { database.run('INSERT INTO device (run, ordinal, facts) VALUES (?, ?, ?)', seq, ordinal, JSON.stringify(facts)); });
}

function infoOf(database: Database, row: Row): RunInfo {
  return jsonOf(database, row, 'info', runInfoSchema);
}
