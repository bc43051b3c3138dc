import type { Case } from './case.ts';
import type { Environment } from './environment.ts';
import type { VerdictStatus } from './verdict.ts';

/** What became of a case in one run. `not-run`: the suite ran, and this case was not in its plan. */
export type PointState = VerdictStatus | 'not-run';

/** One night of a case. Only `ok` points count; every other state is a point of its own kind and never a number to be judged. */
export interface CasePoint {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: PointState;
  /** The first reason of a state other than `ok`. */
  readonly reason: string | null;
  /** Null where nothing ran. */
  readonly environment: Environment | null;
  readonly temperatureMaxC: number | null;
  readonly cpuPressureMax: number | null;
  readonly stealMean: number | null;
  readonly throttleEvents: number | null;
}

/** The nights that count and whose surroundings are known, in the order given. */
export function validPoints<Point extends CasePoint>(points: readonly Point[]): readonly Point[] {
  return points.filter(({ state, environment }) => state === 'ok' && environment !== null);
}

/** A quantity of one night with its 95 % interval over `n` launches. Points of state `invalid` carry what was measured, to be shown struck out. */
export interface SeriesValue {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** One night of a series; `value` is null where the night has none. */
export interface SeriesPoint extends CasePoint {
  readonly value: SeriesValue | null;
}

/** A metric of a case, night after night. */
export interface Series {
  readonly id: number;
  readonly key: string;
  readonly case: Case;
  readonly metric: string;
  readonly unit: string;
  /** The suite that the case was last part of. */
  readonly suite: string;
}
