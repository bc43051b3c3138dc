import { caseSchema } from '../domain/case.ts';
import { environmentSchema, type Environment } from '../domain/environment.ts';
import { runInfoSchema, type RunInfo } from '../domain/result.ts';
import type { CasePoint, PointState, Series, SeriesPoint } from '../domain/series.ts';
import type { Database, Row } from './database.ts';
import { jsonOf, numberOf, textOf } from './rows.ts';

/** What can be asked of the runs as series. Points are in the order in which their runs began. Every method throws StoreError. */
export interface History {
  /** Every series, or those of one case or of the cases in one run; by key and metric. */
  series(filter?: { readonly key?: string; readonly runId?: string }): readonly Series[];
  /** Every run that is a night, oldest first. */
  nights(filter?: { readonly since?: string }): readonly RunInfo[];
  /** What the cases of a run were measured with, each surroundings once. */
  environments(runId: string): readonly Environment[];
  /** When each case was last tried (ok, invalid or failed) and last valid, by key: the beginnings of those runs; a case is absent that never was. */
  lastNights(): ReadonlyMap<string, { readonly tried: string; readonly valid?: string }>;
  /** What became of each case in a run, by key. */
  states(runId: string): ReadonlyMap<string, PointState>;
  /** Every night of a case's suite since the case was first there, `not-run` where a night's plan left the case out. Empty when there is no such case. */
  casePoints(key: string): readonly CasePoint[];
  /** The same with the series' values. */
  points(series: Series): readonly SeriesPoint[];
  /** The valid values only, with their runs: what change detection looks at. */
  validValues(series: Series): ValidValues;
}

export interface ValidValues {
  readonly runIds: readonly string[];
  readonly values: readonly number[];
  /** The 95 % interval over `n` launches of each night, null where it has none. */
  readonly intervals: readonly ({ readonly low: number; readonly high: number; readonly n: number } | null)[];
}

const POINT_COLUMNS = `run.id AS run_id, run.started_at, case_point.state, case_point.reason, case_point.environment, environment.fields, case_point.temperature, case_point.pressure, case_point.steal, case_point.throttled`;
/** Runs beside the case's own: those of the suite that it was last part of, since it was first there. */
const POINT_NIGHTS = `
  run LEFT JOIN case_point ON case_point.run = run.seq AND case_point.subject = ?1 LEFT JOIN environment ON environment.id = case_point.environment`;
const POINT_FILTER = `
  WHERE case_point.run IS NOT NULL OR (run.status = 'done'
    AND (run.purpose, run.name) = (SELECT last.purpose, last.name FROM run AS last WHERE last.seq = (SELECT max(run) FROM case_point WHERE subject = ?1))
    AND run.started_at >= (SELECT min(first.started_at) FROM case_point JOIN run AS first ON first.seq = case_point.run WHERE subject = ?1))
  ORDER BY run.started_at, run.seq`;

export class HistoryTables implements History {
  readonly #database: Database;
  /** Environments repeat night after night. */
  readonly #environments = new Map<number, Environment>();

  constructor(database: Database) {
    this.#database = database;
  }

  series({ key, runId }: { readonly key?: string; readonly runId?: string } = {}): readonly Series[] {
    const conditions = [
      ...(key === undefined ? [] : ['series_case.key = ?']),
      ...(runId === undefined ? [] : ['series.subject IN (SELECT subject FROM case_point WHERE run = (SELECT seq FROM run WHERE id = ?))']),
    ];
    const sql = `SELECT series.id, series_case.key, series_case.spec, series.metric, series.unit,
        (SELECT name FROM run WHERE seq = (SELECT max(run) FROM case_point WHERE subject = series.subject)) AS suite
      FROM series JOIN series_case ON series_case.id = series.subject${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`} ORDER BY series_case.key, series.metric`;
    return this.#database.all(sql, ...[key, runId].filter((value) => value !== undefined)).map((row) => this.#seriesOf(row));
  }

  nights({ since = '' }: { readonly since?: string } = {}): readonly RunInfo[] {
    return this.#database.all(`SELECT info FROM run WHERE purpose = 'suite' AND started_at >= ? ORDER BY started_at, seq`, since)
      .map((row) => jsonOf(this.#database, row, 'info', runInfoSchema));
  }

  environments(runId: string): readonly Environment[] {
    return this.#database.all('SELECT DISTINCT environment, fields FROM case_point JOIN environment ON environment.id = case_point.environment WHERE run = (SELECT seq FROM run WHERE id = ?)', runId)
      .map((row) => this.#environmentOf(row)).filter((environment) => environment !== null);
  }

  lastNights(): ReadonlyMap<string, { readonly tried: string; readonly valid?: string }> {
    const rows = this.#database.all(`SELECT key, max(run.started_at) AS tried, max(run.started_at) FILTER (WHERE state = 'ok') AS valid
      FROM case_point JOIN series_case ON series_case.id = case_point.subject JOIN run ON run.seq = case_point.run
      WHERE state IN ('ok', 'invalid', 'failed') GROUP BY subject`);
    return new Map(rows.map((row) => [textOf(this.#database, row, 'key'), { tried: textOf(this.#database, row, 'tried'), ...(row['valid'] === null ? {} : { valid: textOf(this.#database, row, 'valid') }) }]));
  }

  states(runId: string): ReadonlyMap<string, PointState> {
    return new Map(this.#database.all('SELECT key, state FROM case_point JOIN series_case ON series_case.id = case_point.subject WHERE run = (SELECT seq FROM run WHERE id = ?)', runId)
      .map((row) => [textOf(this.#database, row, 'key'), textOf(this.#database, row, 'state') as PointState]));
  }

  casePoints(key: string): readonly CasePoint[] {
    const subject = this.#subject(key);
    if (subject === null) return [];
    return this.#database.all(`SELECT ${POINT_COLUMNS} FROM ${POINT_NIGHTS} ${POINT_FILTER}`, subject).map((row) => this.#pointOf(row));
  }

  points(series: Series): readonly SeriesPoint[] {
    const subject = this.#subject(series.key);
    if (subject === null) return [];
    return this.#database.all(`SELECT ${POINT_COLUMNS}, metric_point.value, metric_point.low, metric_point.high, metric_point.n
      FROM ${POINT_NIGHTS} LEFT JOIN metric_point ON metric_point.run = run.seq AND metric_point.series = ?2 ${POINT_FILTER}`, subject, series.id).map((row) => ({
      ...this.#pointOf(row),
      value: row['value'] === null ? null : { value: numberOf(this.#database, row, 'value'), low: this.#numberOrNull(row, 'low'), high: this.#numberOrNull(row, 'high'), n: numberOf(this.#database, row, 'n') },
    }));
  }

  validValues(series: Series): ValidValues {
    const rows = this.#database.all(`SELECT run.id, metric_point.value, metric_point.low, metric_point.high, metric_point.n
      FROM series JOIN metric_point ON metric_point.series = series.id JOIN case_point ON case_point.subject = series.subject AND case_point.run = metric_point.run
        JOIN run ON run.seq = metric_point.run
      WHERE series.id = ? AND case_point.state = 'ok' ORDER BY run.started_at, run.seq`, series.id);
    return {
      runIds: rows.map((row) => textOf(this.#database, row, 'id')),
      values: rows.map((row) => numberOf(this.#database, row, 'value')),
      intervals: rows.map((row) => {
        const [low, high] = [this.#numberOrNull(row, 'low'), this.#numberOrNull(row, 'high')];
        return low === null || high === null ? null : { low, high, n: numberOf(this.#database, row, 'n') };
      }),
    };
  }

  #subject(key: string): number | null {
    const row = this.#database.get('SELECT id FROM series_case WHERE key = ?', key);
    return row === null ? null : numberOf(this.#database, row, 'id');
  }

  #seriesOf(row: Row): Series {
    return {
      id: numberOf(this.#database, row, 'id'), key: textOf(this.#database, row, 'key'), case: jsonOf(this.#database, row, 'spec', caseSchema),
      metric: textOf(this.#database, row, 'metric'), unit: textOf(this.#database, row, 'unit'), suite: textOf(this.#database, row, 'suite'),
    };
  }

  #pointOf(row: Row): CasePoint {
    return {
      runId: textOf(this.#database, row, 'run_id'), startedAt: textOf(this.#database, row, 'started_at'),
      state: row['state'] === null ? 'not-run' : (textOf(this.#database, row, 'state') as PointState),
      reason: row['reason'] === null ? null : textOf(this.#database, row, 'reason'),
      environment: this.#environmentOf(row),
      temperatureMaxC: this.#numberOrNull(row, 'temperature'), cpuPressureMax: this.#numberOrNull(row, 'pressure'), stealMean: this.#numberOrNull(row, 'steal'), throttleEvents: this.#numberOrNull(row, 'throttled'),
    };
  }

  #environmentOf(row: Row): Environment | null {
    if (row['environment'] === null) return null;
    const id = numberOf(this.#database, row, 'environment');
    const known = this.#environments.get(id) ?? jsonOf(this.#database, row, 'fields', environmentSchema);
    this.#environments.set(id, known);
    return known;
  }

  #numberOrNull(row: Row, column: string): number | null {
    return row[column] === null ? null : numberOf(this.#database, row, column);
  }
}
