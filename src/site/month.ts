import { createHash } from 'node:crypto';
import type { Environment } from '../domain/environment.ts';
import { VERDICT_STATUSES } from '../domain/verdict.ts';
import type { BulkHistory, CasePointRow, CaseRow, NightRow, RunRange, SeriesRow } from '../store/bulk-history.ts';
import type { CaseMonth, DeviceMonth, NightCases, SeriesMonth } from './data.ts';
import { SITE_DATA_VERSION } from './data.ts';
import { packFloats, packSomeFloats } from './floats.ts';

/** The runs that began in one calendar month (UTC): what is published, and kept, together. */
export interface Month {
  /** `2026-11` */
  readonly name: string;
  readonly nights: readonly NightRow[];
}

/** Months in order. */
export function monthsOf(nights: readonly NightRow[]): readonly Month[] {
  return [...Map.groupBy(nights, (night) => night.info.startedAt.slice(0, 7))].map(([name, members]) => ({ name: /^\d{4}-\d{2}$/.test(name) ? name : 'undated', nights: members }));
}

/** Changes when anything that the month's files are made from does. */
export function monthMark({ nights }: Month): string {
  const parts = nights.map(({ seq, info, revision, planned }) => [seq, info.id, info.suite, info.status, info.startedAt, info.warnings, revision, planned]);
  return createHash('sha256').update(JSON.stringify([SITE_DATA_VERSION, parts])).digest('hex').slice(0, 20);
}

/** Reads a month's points, some cases at a time. */
export class MonthReader {
  readonly #bulk: BulkHistory;
  readonly #environments: ReadonlyMap<number, Environment>;
  readonly #runs: ReadonlySet<number>;
  readonly #range: RunRange;

  constructor(bulk: BulkHistory, environments: ReadonlyMap<number, Environment>, month: Month) {
    this.#bulk = bulk;
    this.#environments = environments;
    this.#runs = new Set(month.nights.map(({ seq }) => seq));
    this.#range = { first: Math.min(...this.#runs), last: Math.max(...this.#runs) };
  }

  points(caseId: number): readonly CasePointRow[] {
    return this.#bulk.casePoints(caseId, this.#range).filter(({ run }) => this.#runs.has(run));
  }

  /** Series of some cases with the points read for them; null when the month has none. */
  series(cases: readonly { readonly id: number; readonly points: readonly CasePointRow[]; readonly series: readonly SeriesRow[] }[]): SeriesMonth | null {
    const places = new Map<number, number>();
    const place = (environment: number | null): number => {
      if (environment === null) return -1;
      const known = places.get(environment) ?? places.size;
      places.set(environment, known);
      return known;
    };
    const months = cases.filter(({ points }) => points.length > 0).map(({ id, points, series }): CaseMonth => ({
      id, runs: points.map(({ run }) => run), states: points.map(({ state }) => state),
      reasons: points.flatMap(({ reason }, i) => (reason === null ? [] : [[i, reason] as const])),
      environments: points.map(({ environment }) => place(environment)),
      temperatureMaxC: packSomeFloats(points.map((point) => point.temperatureMaxC)), cpuPressureMax: packSomeFloats(points.map((point) => point.cpuPressureMax)),
      stealMean: packSomeFloats(points.map((point) => point.stealMean)), throttleEvents: packSomeFloats(points.map((point) => point.throttleEvents)),
      series: series.flatMap(({ id: seriesId, metric, unit }) => this.#metricMonth(seriesId, metric, unit, points)),
    }));
    if (months.length === 0) return null;
    return { environments: [...places.keys()].map((environment) => this.#environments.get(environment) ?? {}), cases: months };
  }

  #metricMonth(seriesId: number, metric: string, unit: string, points: readonly CasePointRow[]): CaseMonth['series'] {
    const values = new Map(this.#bulk.values(seriesId, this.#range).map((value) => [value.run, value]));
    if (points.every(({ run }) => !values.has(run))) return [];
    const rows = points.map(({ run }) => values.get(run));
    return [{ metric, unit, n: rows.map((row) => row?.n ?? 0), values: packFloats(rows.flatMap((row) => (row === undefined ? [null, null, null] : [row.value, row.low, row.high]))) }];
  }
}

/** Gathers a month's nights and devices while its cases are read. */
export class MonthSummary {
  readonly #month: Month;
  readonly #nights = new Map<number, Map<string, { state: CasePointRow['state']; reason: string; cases: number[] }>>();
  readonly #devices = new Map<string, Map<number, { counts: number[]; temperature: number | null; pressure: number | null; throttled: number | null }>>();

  constructor(month: Month) {
    this.#month = month;
  }

  add({ id, case: { device } }: Pick<CaseRow, 'id' | 'case'>, points: readonly CasePointRow[]): void {
    const runs = had(this.#devices, device, () => new Map());
    for (const point of points) {
      const groups = had(this.#nights, point.run, () => new Map());
      had(groups, `${point.state}\n${point.reason ?? ''}`, () => ({ state: point.state, reason: point.reason ?? '', cases: [] })).cases.push(id);
      const night = had(runs, point.run, () => ({ counts: VERDICT_STATUSES.map(() => 0), temperature: null, pressure: null, throttled: null }));
      night.counts[VERDICT_STATUSES.indexOf(point.state)] = (night.counts[VERDICT_STATUSES.indexOf(point.state)] ?? 0) + 1;
      night.temperature = greater(night.temperature, point.temperatureMaxC);
      night.pressure = greater(night.pressure, point.cpuPressureMax);
      if (point.throttleEvents !== null) night.throttled = (night.throttled ?? 0) + point.throttleEvents;
    }
  }

  nights(): readonly NightCases[] {
    return this.#month.nights.map(({ seq, info, planned }) => {
      const groups = [...this.#nights.get(seq)?.values() ?? []];
      const results = groups.reduce((sum, { cases }) => sum + cases.length, 0);
      return { run: seq, warnings: info.warnings, groups, withoutResult: Math.max(0, planned - results) };
    });
  }

  /** Cases by verdict in each run. */
  counts(): [number, number[]][] {
    return this.nights().map(({ run, groups }) => [run, VERDICT_STATUSES.map((status) => groups.reduce((sum, { state, cases }) => sum + (state === status ? cases.length : 0), 0))]);
  }

  devices(): DeviceMonth {
    return {
      devices: [...this.#devices].map(([device, runs]) => ({
        device, runs: [...runs.keys()], counts: [...runs.values()].map(({ counts }) => counts), temperatureMaxC: packFloats([...runs.values()].map(({ temperature }) => temperature)),
        cpuPressureMax: packFloats([...runs.values()].map(({ pressure }) => pressure)), throttleEvents: packFloats([...runs.values()].map(({ throttled }) => throttled)),
      })),
    };
  }
}

/** The entry of a key, made when there is none. */
function had<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function greater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
