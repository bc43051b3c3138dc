import type { LevelChange } from './series-levels.ts';

/** A change of level. */
export interface SeriesChange {
  /** Position of the first value of the new level in the values given, absent nights counted. */
  readonly index: number;
  /** The change lies from `earliest` to `latest` with 95 %. */
  readonly earliest: number;
  readonly latest: number;
  /** New level over old level. */
  readonly ratio: number;
  /** The chance that noise alone shows a step as strong between the neighbouring changes. */
  readonly p: number;
}

/** A change of logarithms at positions among the points, as a ratio at positions among the nights. */
export function asSeriesChange(change: LevelChange, positions: Int32Array): SeriesChange {
  const night = (point: number): number => positions[point] ?? point;
  return { index: night(change.index), earliest: night(change.earliest), latest: night(change.latest), ratio: Math.exp(change.shift), p: change.p };
}
