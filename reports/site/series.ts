import type { Environment } from '../../src/domain/environment.ts';
import type { PointState } from '../../src/domain/series.ts';
import { CASES_A_GROUP, type CaseMonth, type PieceName, type SeriesMonth, type SiteNight } from '../../src/site/data.ts';
import type { Catalogue, KnownCase } from './catalogue.ts';
import { directory, piece, unpackFloats } from './load.ts';

export interface Value {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** One night of a case. */
export interface Point {
  readonly night: SiteNight;
  readonly state: PointState;
  readonly reason: string | null;
  readonly environment: Environment | null;
  readonly temperatureMaxC: number | null;
  readonly cpuPressureMax: number | null;
  readonly stealMean: number | null;
  readonly throttleEvents: number | null;
  readonly values: ReadonlyMap<string, Value>;
}

/** A case, night after night, nights without it included. */
export interface CaseSeries {
  readonly points: readonly Point[];
  readonly units: ReadonlyMap<string, string>;
}

function number(values: Float32Array | null, i: number): number | null {
  const value = values?.[i];
  return value === undefined || Number.isNaN(value) ? null : value;
}

function pointsOf(catalogue: Catalogue, { environments }: SeriesMonth, month: CaseMonth): readonly Point[] {
  const reasons = new Map(month.reasons);
  const unpack = (text: string | null): Float32Array | null => (text === null ? null : unpackFloats(text));
  const [temperature, pressure, steal, throttled] = [unpack(month.temperatureMaxC), unpack(month.cpuPressureMax), unpack(month.stealMean), unpack(month.throttleEvents)];
  const series = month.series.map(({ metric, n, values }) => ({ metric, n, values: unpackFloats(values) }));
  return month.runs.flatMap((run, i): readonly Point[] => {
    const night = catalogue.night(run);
    if (night === null) return [];
    return [{
      night, state: month.states[i] ?? 'failed', reason: reasons.get(i) ?? null, environment: environments[month.environments[i] ?? -1] ?? null,
      temperatureMaxC: number(temperature, i), cpuPressureMax: number(pressure, i), stealMean: number(steal, i), throttleEvents: number(throttled, i),
      values: new Map(series.flatMap(({ metric, n, values }): readonly (readonly [string, Value])[] => {
        const value = number(values, 3 * i);
        return value === null ? [] : [[metric, { value, low: number(values, 3 * i + 1), high: number(values, 3 * i + 2), n: n[i] ?? 0 }]];
      })),
    }];
  });
}

/** Months (`2026-11`) in which a case's group has anything, in order. */
async function monthsOf(group: number): Promise<readonly string[]> {
  const prefix = `series/${group}/`;
  return Object.keys(await directory()).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)).sort();
}

/** The nights of the case's suite that left it out, from its first night on. A run that was stopped is not held against it. */
function withNightsLeftOut(catalogue: Catalogue, one: KnownCase, points: readonly Point[]): readonly Point[] {
  const last = catalogue.night(one.lastRun);
  const first = points[0];
  if (last === null || first === undefined) return points;
  const ran = new Set(points.map(({ night }) => night.seq));
  const leftOut = catalogue.overview.nights.filter((night) => night.suite === last.suite && night.purpose === last.purpose && night.status === 'done' && night.startedAt >= first.night.startedAt && !ran.has(night.seq));
  const empty = { state: 'not-run', reason: 'this night’s plan had no such case', environment: null, temperatureMaxC: null, cpuPressureMax: null, stealMean: null, throttleEvents: null, values: new Map<string, Value>() } as const;
  return [...points, ...leftOut.map((night): Point => ({ ...empty, night }))].sort((a, b) => (a.night.startedAt < b.night.startedAt ? -1 : 1));
}

/** Every night of a case since a day (ISO 8601), in order. */
export async function loadSeries(catalogue: Catalogue, one: KnownCase, since = ''): Promise<CaseSeries> {
  const group = Math.floor(one.id / CASES_A_GROUP);
  const wanted = (await monthsOf(group)).filter((month) => month >= since.slice(0, 7));
  const months = await Promise.all(wanted.map((month) => piece(`series/${group}/${month}` as PieceName & `series/${number}/${string}`)));
  const units = new Map<string, string>();
  const points = months.flatMap((month) => {
    const own = month?.cases.find(({ id }) => id === one.id);
    if (month === null || own === undefined) return [];
    for (const { metric, unit } of own.series) units.set(metric, unit);
    return pointsOf(catalogue, month, own);
  }).sort((a, b) => (a.night.startedAt < b.night.startedAt ? -1 : 1));
  return { points: withNightsLeftOut(catalogue, one, points).filter(({ night }) => night.startedAt >= since), units };
}
