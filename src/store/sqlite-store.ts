import { randomUUID } from 'node:crypto';
import type { PlannedCase } from '../domain/plan.ts';
import { RUN_STATUSES } from '../domain/result.ts';
import type { CaseResult, Comparison, DeviceFacts, RunInfo, RunStatus } from '../domain/result.ts';
import type { Reason } from '../domain/verdict.ts';
import { insertAttempt, selectAttempts, selectAttemptsOf, selectEntries, selectSamples } from './attempt-table.ts';
import { BulkHistoryTables, type BulkHistory } from './bulk-history.ts';
import { checkClaim, dropClaim, dropClaims, takeClaim } from './claim-table.ts';
import type { Database } from './database.ts';
import { EventTables, type Events } from './events.ts';
import { HistoryTables, type History } from './history.ts';
import { findFaults } from './integrity.ts';
import { OwedNewsTable, type OwedNewsOfRuns } from './owed-news.ts';
import { pointRecorder } from './point-table.ts';
import { deleteSetAside, selectHome, selectSetAside, upsertHome, upsertSetAside } from './device-table.ts';
import { LogSync } from './log-sync.ts';
import { countSamples, deleteSamples } from './old-samples.ts';
import { countResults, replaceComparisons, selectComparisons, selectResult, selectResults, upsertResult } from './result-table.ts';
import { changeRun, insertRun, mergeReasons, replaceDevices, runSeq, selectDevices, selectLatestRun, selectPlan, selectRun, selectRuns, selectSuite } from './run-table.ts';
import type { AttemptEntry, AttemptKind, AttemptSamples, NewAttempt, NewRun, SetAside, Store, StoredAttempt } from './store.ts';
import { insertQuality, selectQuality, selectQualityOf, type QualityAttempt, type ScoredAttempt } from './quality-table.ts';

/** A store in one SQLite file; see `openStore`. */
export class SqliteStore implements Store {
  readonly #database: Database;
  /** Tells this object's claims from those of others, even in the same process. */
  readonly #token = randomUUID();
  readonly #wal: LogSync;
  #claims = 0;
  readonly history: History;
  readonly bulk: BulkHistory;
  readonly events: Events;
  readonly owedNews: OwedNewsOfRuns;

  /** @param database open, with the newest schema */
  constructor(database: Database) {
    this.#database = database;
    this.#wal = new LogSync(database.path);
    this.history = new HistoryTables(database);
    this.bulk = new BulkHistoryTables(database);
    this.events = new EventTables(database);
    this.owedNews = new OwedNewsTable(database);
  }

  get path(): string {
    return this.#database.path;
  }

  together<T>(work: () => T): T {
    return this.#database.write(work);
  }

  dropSamples(before: string, atMost: number): number {
    return this.#database.write(() => deleteSamples(this.#database, before, atMost));
  }

  oldSamples(before: string): { readonly launches: number; readonly bytes: number } {
    return countSamples(this.#database, before);
  }

  compact(): void {
    this.#database.execute('VACUUM');
  }

  faults(): readonly string[] {
    return findFaults(this.#database);
  }

  backup(path: string): Promise<void> {
    return this.#database.backup(path);
  }

  createRun(run: NewRun): void {
    this.#database.write(() => { insertRun(this.#database, run); });
  }

  run(runId: string): RunInfo | null {
    return selectRun(this.#database, runId);
  }

  latestRun(filter: { readonly status?: RunStatus | readonly RunStatus[] } = {}): RunInfo | null {
    return selectLatestRun(this.#database, [filter.status ?? RUN_STATUSES].flat());
  }

  listRuns(): readonly RunInfo[] {
    return selectRuns(this.#database);
  }

  runSuite(runId: string): string {
    return selectSuite(this.#database, runId);
  }

  devices(runId: string): readonly DeviceFacts[] {
    return selectDevices(this.#database, runId);
  }

  setDevices(runId: string, devices: readonly DeviceFacts[]): void {
    this.#writeRun(runId, () => { replaceDevices(this.#database, runId, devices); });
  }

  plannedCases(runId: string): Iterable<PlannedCase> {
    return selectPlan(this.#database, runId);
  }

  finishRun(runId: string, status: Exclude<RunStatus, 'running'>, endedAt: string): void {
    this.#writeRun(runId, () => { changeRun(this.#database, runId, (info) => ({ ...info, status, endedAt })); });
  }

  reopenRun(runId: string): void {
    this.#writeRun(runId, () => { changeRun(this.#database, runId, (info) => ({ ...info, status: 'running', endedAt: null })); });
  }

  addRunWarnings(runId: string, warnings: readonly Reason[]): void {
    this.#writeRun(runId, () => {
      changeRun(this.#database, runId, (info) => ({ ...info, warnings: mergeReasons(info.warnings, warnings) }));
    });
  }

  claimRun(runId: string, label: string): void {
    this.#database.write(() => { takeClaim(this.#database, runId, this.#token, label, Date.now()); });
    this.#claims++;
  }

  renewClaim(runId: string): void {
    this.#writeRun(runId, () => undefined);
  }

  releaseRun(runId: string): void {
    this.#database.write(() => { dropClaim(this.#database, runId, this.#token); });
  }

  addAttempt(attempt: NewAttempt): number {
    return this.#writeRun(attempt.runId, () => insertAttempt(this.#database, attempt));
  }

  async recordAttempt(attempt: NewAttempt): Promise<number> {
    const id = this.#database.withoutSync(() => this.addAttempt(attempt));
    await this.#wal.sync();
    return id;
  }

  attemptEntries(runId: string): readonly AttemptEntry[] {
    return selectEntries(this.#database, runId);
  }

  attempts(runId: string, kind?: AttemptKind): Iterable<StoredAttempt> {
    return selectAttempts(this.#database, runId, kind === undefined ? ['measure', 'verify'] : [kind]);
  }

  attemptsOf(runId: string, kind: AttemptKind, subject: string): readonly StoredAttempt[] {
    return selectAttemptsOf(this.#database, runId, kind, subject);
  }

  addQuality(runId: string, attempt: ScoredAttempt): void {
    this.#writeRun(runId, () => { insertQuality(this.#database, runId, attempt); });
  }

  qualityAttempts(runId: string): Iterable<QualityAttempt> {
    return selectQuality(this.#database, runId);
  }

  qualityOf(runId: string, subject: string): readonly ScoredAttempt[] {
    return selectQualityOf(this.#database, runId, subject);
  }

  samples(attemptId: number): AttemptSamples | null {
    return selectSamples(this.#database, attemptId);
  }

  putResult(runId: string, ordinal: number, result: CaseResult): void {
    this.putResults(runId, [{ ordinal, result }]);
  }

  putResults(runId: string, results: Iterable<{ readonly ordinal: number; readonly result: CaseResult }>): void {
    this.#writeRun(runId, () => {
      const seq = runSeq(this.#database, runId);
      this.#database.run('UPDATE run SET revision = ? WHERE seq = ?', randomUUID(), seq);
      const recordPoint = pointRecorder(this.#database, runId, seq);
      for (const { ordinal, result } of results) {
        upsertResult(this.#database, seq, ordinal, result);
        recordPoint(result);
      }
    });
  }

  results(runId: string): Iterable<CaseResult> {
    return selectResults(this.#database, runId);
  }

  resultCount(runId: string): number {
    return countResults(this.#database, runId);
  }

  result(runId: string, key: string): CaseResult | null {
    return selectResult(this.#database, runId, key);
  }

  putComparisons(runId: string, comparisons: readonly Comparison[]): void {
    this.#writeRun(runId, () => { replaceComparisons(this.#database, runId, comparisons); });
  }

  comparisons(runId: string): readonly Comparison[] {
    return selectComparisons(this.#database, runId);
  }

  setAside(device: SetAside): void {
    this.#database.write(() => { upsertSetAside(this.#database, device); });
  }

  devicesSetAside(): readonly SetAside[] {
    return selectSetAside(this.#database, new Date().toISOString());
  }

  readmit(deviceId: string): boolean {
    return this.#database.write(() => deleteSetAside(this.#database, deviceId));
  }

  homeOf(lot: string): string | null {
    return selectHome(this.#database, lot);
  }

  setHome(lot: string, deviceId: string): void {
    this.#database.write(() => { upsertHome(this.#database, lot, deviceId); });
  }

  close(): void {
    if (!this.#database.isOpen) return;
    try {
      if (this.#claims > 0) this.#database.write(() => { dropClaims(this.#database, this.#token); });
    } finally {
      this.#database.close();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One transaction on a run that nobody else claimed. */
  #writeRun<T>(runId: string, work: () => T): T {
    return this.#database.write(() => {
      checkClaim(this.#database, runId, this.#token, Date.now());
      return work();
    });
  }
}
