import { caseSchema, type Case } from '../domain/case.ts';
import { environmentSchema, type Environment } from '../domain/environment.ts';
import { runInfoSchema, type RunInfo } from '../domain/result.ts';
import type { SeriesValue } from '../domain/series.ts';
import { VERDICT_STATUSES, type VerdictStatus } from '../domain/verdict.ts';
import type { Database, Row } from './database.ts';
import { jsonOf, numberOf, textOf } from './rows.ts';
import { StoreError } from './store-error.ts';

/** A run that is a night of series. `seq` names it in the other rows. */
export interface NightRow {
  readonly seq: number;
  readonly info: RunInfo;
  /** Changes whenever results of the run are stored. */
  readonly revision: string;
  /** Cases in its plan. */
  readonly planned: number;
}

/** A case that ever had a point, with the run that had it last. */
export interface CaseRow {
  readonly id: number;
  readonly key: string;
  readonly case: Case;
  readonly lastRun: number;
}

export interface SeriesRow {
  readonly id: number;
  readonly caseId: number;
  readonly metric: string;
  readonly unit: string;
}

/** One night of a case; see CasePoint. `environment` is an id. */
export interface CasePointRow {
  readonly run: number;
  readonly state: VerdictStatus;
  readonly reason: string | null;
  readonly environment: number | null;
  readonly temperatureMaxC: number | null;
  readonly cpuPressureMax: number | null;
  readonly stealMean: number | null;
  readonly throttleEvents: number | null;
}

export interface ValueRow extends SeriesValue {
  readonly run: number;
}

/** Runs from `first` to `last` by `seq`, both included. */
export interface RunRange {
  readonly first: number;
  readonly last: number;
}

/** The history of all cases in a few large reads, for what shows all of it. Every method throws StoreError. */
export interface BulkHistory {
  /** Another number when another connection has written since (SQLite's data_version). */
  changeMark(): number;
  /** Runs of suites and canaries in the order in which they began. */
  nights(): readonly NightRow[];
  /** By id; an id is never given twice. */
  cases(): readonly CaseRow[];
  /** By case and metric. */
  series(): readonly SeriesRow[];
  environments(): ReadonlyMap<number, Environment>;
  /** By run. */
  casePoints(caseId: number, runs: RunRange): readonly CasePointRow[];
  /** By run, of whatever state the case was in. */
  values(seriesId: number, runs: RunRange): readonly ValueRow[];
}

export class BulkHistoryTables implements BulkHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  changeMark(): number {
    const row = this.#database.get('PRAGMA data_version');
    return row === null ? 0 : numberOf(this.#database, row, 'data_version');
  }

  nights(): readonly NightRow[] {
    return this.#database.all(`SELECT seq, info, revision, (SELECT count(*) FROM planned_case WHERE planned_case.run = run.seq) AS planned
      FROM run WHERE purpose IN ('suite', 'canary') ORDER BY started_at, seq`).map((row) => ({
      seq: numberOf(this.#database, row, 'seq'), info: jsonOf(this.#database, row, 'info', runInfoSchema), revision: textOf(this.#database, row, 'revision'), planned: numberOf(this.#database, row, 'planned'),
    }));
  }

  cases(): readonly CaseRow[] {
    return this.#database.all(`SELECT id, key, spec, (SELECT run FROM case_point JOIN run ON run.seq = case_point.run WHERE subject = series_case.id ORDER BY run.started_at DESC, run.seq DESC LIMIT 1) AS last_run
      FROM series_case ORDER BY id`).flatMap((row) => (row['last_run'] === null ? [] : [{
      id: numberOf(this.#database, row, 'id'), key: textOf(this.#database, row, 'key'), case: jsonOf(this.#database, row, 'spec', caseSchema), lastRun: numberOf(this.#database, row, 'last_run'),
    }]));
  }

  series(): readonly SeriesRow[] {
    return this.#database.all('SELECT id, subject, metric, unit FROM series ORDER BY subject, metric').map((row) => ({
      id: numberOf(this.#database, row, 'id'), caseId: numberOf(this.#database, row, 'subject'), metric: textOf(this.#database, row, 'metric'), unit: textOf(this.#database, row, 'unit'),
    }));
  }

  environments(): ReadonlyMap<number, Environment> {
    return new Map(this.#database.all('SELECT id, fields FROM environment').map((row) => [numberOf(this.#database, row, 'id'), jsonOf(this.#database, row, 'fields', environmentSchema)]));
  }

  casePoints(caseId: number, { first, last }: RunRange): readonly CasePointRow[] {
    return this.#database.all('SELECT run, state, reason, environment, temperature, pressure, steal, throttled FROM case_point WHERE subject = ? AND run BETWEEN ? AND ? ORDER BY run', caseId, first, last).map((row) => ({
      run: numberOf(this.#database, row, 'run'), state: this.#state(row), reason: row['reason'] === null ? null : textOf(this.#database, row, 'reason'), environment: this.#numberOrNull(row, 'environment'),
      temperatureMaxC: this.#numberOrNull(row, 'temperature'), cpuPressureMax: this.#numberOrNull(row, 'pressure'), stealMean: this.#numberOrNull(row, 'steal'), throttleEvents: this.#numberOrNull(row, 'throttled'),
    }));
  }

  values(seriesId: number, { first, last }: RunRange): readonly ValueRow[] {
    return this.#database.all('SELECT run, value, low, high, n FROM metric_point WHERE series = ? AND run BETWEEN ? AND ? ORDER BY run', seriesId, first, last).map((row) => ({
      run: numberOf(this.#database, row, 'run'), value: numberOf(this.#database, row, 'value'), low: this.#numberOrNull(row, 'low'), high: this.#numberOrNull(row, 'high'), n: numberOf(this.#database, row, 'n'),
    }));
  }

  #state(row: Row): VerdictStatus {
    const text = textOf(this.#database, row, 'state');
    const state = VERDICT_STATUSES.find((status) => status === text);
    if (state === undefined) throw new StoreError('bad-row', this.#database.path, `store ${this.#database.path}: a point has the state "${text}", which no Paddock writes. What to do: restore a copy.`);
    return state;
  }

  #numberOrNull(row: Row, column: string): number | null {
    return row[column] === null ? null : numberOf(this.#database, row, column);
  }
}
