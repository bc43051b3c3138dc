import type { LaunchRecord, VerificationRecord } from '../domain/launch.ts';
import type { PlannedCase } from '../domain/plan.ts';
import type { CaseResult, Comparison, DeviceFacts, RunInfo, RunStatus } from '../domain/result.ts';
import type { Reason, VerdictStatus } from '../domain/verdict.ts';
import type { QualityAttempt, ScoredAttempt } from './quality-table.ts';
import type { BulkHistory } from './bulk-history.ts';
import type { Events } from './events.ts';
import type { History } from './history.ts';
import type { OwedNewsOfRuns } from './owed-news.ts';

export type { QualityAttempt, ScoredAttempt } from './quality-table.ts';

/** A run to be stored before its first launch. */
export interface NewRun {
  readonly info: RunInfo;
  /** The resolved suite as JSON: enough to go on without the suite file. */
  readonly suite: string;
  readonly devices: readonly DeviceFacts[];
  readonly cases: readonly PlannedCase[];
}

export type AttemptKind = 'measure' | 'verify';

/** Which attempt of a run: unique, so that nothing is there twice. */
export interface AttemptKey {
  readonly kind: AttemptKind;
  /** A case key (`measure`), or what a verification is shared by (`verify`). */
  readonly subject: string;
  readonly block: number;
  readonly attempt: number;
}

interface AttemptFields extends AttemptKey {
  /** Place in the order in which the run's launches were made. */
  readonly position: number;
  /** Id of the device that made it. */
  readonly unit: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
}

export interface MeasureFields extends AttemptFields {
  readonly kind: 'measure';
  readonly record: LaunchRecord;
}

export interface VerifyFields extends AttemptFields {
  readonly kind: 'verify';
  readonly record: VerificationRecord;
}

/** Raw times of one launch, ns. `completionsNs` (server scenario): completion of each query, since the start of its batch. */
export interface AttemptSamples {
  readonly samplesNs: Float64Array;
  readonly completionsNs: Float64Array | null;
}

/** An attempt as it ends. */
export type NewAttempt = (MeasureFields | VerifyFields) & {
  readonly runId: string;
  readonly samplesNs: Float64Array | null;
  readonly completionsNs?: Float64Array | null;
};

/** A stored attempt without its samples (see `Store.samples`). */
export type StoredAttempt = (MeasureFields | VerifyFields) & { readonly id: number };

/** A stored attempt without its record: what resuming needs. */
export interface AttemptEntry extends AttemptKey {
  readonly id: number;
  readonly position: number;
  readonly unit: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly status: VerdictStatus;
}

/** A device that kept failing, or was not itself, and is not used until its time has run out or somebody has looked at it. */
export interface SetAside {
  readonly device: string;
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
  /** When it is taken back by itself, ISO 8601; absent: when somebody readmits it. */
  readonly until?: string;
}

/**
 * Runs, attempts and results. Every method throws StoreError; what it wrote is durable when it returns. Rows are checked when they are read.
 * Lists that can be long are iterables that read page by page, each time anew; they may be left early and iterated again.
 */
export interface Store extends Disposable {
  readonly path: string;
  /** The runs as series: filled whenever results are stored. */
  readonly history: History;
  /** The same, all at once. */
  readonly bulk: BulkHistory;
  /** Changes found in the series. */
  readonly events: Events;
  /** What finished runs have still to tell. */
  readonly owedNews: OwedNewsOfRuns;

  /** Does the work in one transaction: all of it or none. */
  together<T>(work: () => T): T;
  /** Deletes the raw samples of launches of ended runs that began before a time, at most so many; results and series stay. Gives how many launches lost theirs. */
  dropSamples(before: string, atMost: number): number;
  /** Launches whose samples `dropSamples` would delete, and the bytes of those. */
  oldSamples(before: string): { readonly launches: number; readonly bytes: number };
  /** Gives the space of what was deleted back to the disk; needs the store alone for a while (`locked`). */
  compact(): void;
  /** What is wrong with the file, in words; empty when nothing is. Reads all of it. */
  faults(): readonly string[];
  /** A copy of the store as it is at one moment, under a new name, while others go on writing. */
  backup(path: string): Promise<void>;

  /** Stores run, devices and plan together. `duplicate` when the run or a key is already there. */
  createRun(run: NewRun): void;
  /** Null when there is no such run. */
  run(runId: string): RunInfo | null;
  /** The run created last, of those with the status when one is given. */
  latestRun(filter?: { readonly status?: RunStatus | readonly RunStatus[] }): RunInfo | null;
  /** In the order in which they were created. */
  listRuns(): readonly RunInfo[];
  runSuite(runId: string): string;
  devices(runId: string): readonly DeviceFacts[];
  setDevices(runId: string, devices: readonly DeviceFacts[]): void;
  /** In the order of the plan. */
  plannedCases(runId: string): Iterable<PlannedCase>;
  finishRun(runId: string, status: Exclude<RunStatus, 'running'>, endedAt: string): void;
  /** Back to `running`, without an end. */
  reopenRun(runId: string): void;
  /** Adds those that the run doesn't have yet. */
  addRunWarnings(runId: string, warnings: readonly Reason[]): void;

  /** From now on only this store object writes to the run. `claimed`, naming the owner, when another live process does; a dead owner's claim is taken over. */
  claimRun(runId: string, label: string): void;
  /** Tells other hosts that the owner lives; adding an attempt does so too. */
  renewClaim(runId: string): void;
  /** Closing the store releases its claims too. */
  releaseRun(runId: string): void;

  /** Returns the attempt's id. `duplicate` when it is already there, `claimed` when another process owns the run. */
  addAttempt(attempt: NewAttempt): number;
  /**
   * The same, settling when the attempt is durable. Many that come at once share one wait for the disk, and this process goes on meanwhile: it may be
   * driving hundreds of devices.
   */
  recordAttempt(attempt: NewAttempt): Promise<number>;
  /** What is already done, in the order stored. */
  attemptEntries(runId: string): readonly AttemptEntry[];
  /** In the order stored. */
  attempts(runId: string, kind?: AttemptKind): Iterable<StoredAttempt>;
  /** By block and attempt. */
  attemptsOf(runId: string, kind: AttemptKind, subject: string): readonly StoredAttempt[];
  /** Stores one answered block of items with their scores. `duplicate` when it is already there. */
  addQuality(runId: string, attempt: ScoredAttempt): void;
  /** Every answered block without its scores, in the order stored. */
  qualityAttempts(runId: string): Iterable<QualityAttempt>;
  /** A subject's blocks with their scores, by block and attempt. */
  qualityOf(runId: string, subject: string): readonly ScoredAttempt[];
  /** Null when the attempt took none. */
  samples(attemptId: number): AttemptSamples | null;

  /** Stores or replaces the row of one planned case; `not-found` when the plan has no such case. */
  putResult(runId: string, ordinal: number, result: CaseResult): void;
  /** The same for many, in one transaction. */
  putResults(runId: string, results: Iterable<{ readonly ordinal: number; readonly result: CaseResult }>): void;
  /** In the order of the plan. */
  results(runId: string): Iterable<CaseResult>;
  resultCount(runId: string): number;
  /** Null when there is none yet. */
  result(runId: string, key: string): CaseResult | null;
  /** Replaces all comparisons of the run. */
  putComparisons(runId: string, comparisons: readonly Comparison[]): void;
  comparisons(runId: string): readonly Comparison[];

  /** Keeps a device from being used until it is readmitted. A reason that is there already is replaced. */
  setAside(device: SetAside): void;
  /** By device id. */
  devicesSetAside(): readonly SetAside[];
  /** Whether the device had been set aside. */
  readmit(deviceId: string): boolean;
  /** The unit of a pool that a lot of cases stays with, from run to run; null before its first launch. */
  homeOf(lot: string): string | null;
  setHome(lot: string, deviceId: string): void;

  close(): void;
}
