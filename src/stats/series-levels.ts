import { locateStep, type Location } from './series-location.ts';
import { MIN_LEVEL, shiftAt, strongestStep, type ScannedSeries } from './series-step.ts';

/** A change between two levels, on the scale of the values. `p`: the chance that noise alone shows one as strong between the neighbouring changes. */
export interface LevelChange extends Location {
  readonly shift: number;
  readonly p: number;
}

export interface LevelOptions {
  /** A change stays only with p at or under this. */
  readonly level: number;
  /** A change stays only with a shift this large or larger. */
  readonly minShift: number;
}

/** Share of the error that stretches inside a series may spend; the rest belongs to the whole. Hidden pairs (up, then down again) are rarer than single steps. */
const INNER_SHARE = 0.1;
/** METHODS' three rounds; a fourth moves nothing. */
const REFIT_ROUNDS = 3;

/** A stretch with a step in it, and p made good for the number of stretches looked at. */
interface Found {
  readonly from: number;
  readonly end: number;
  readonly p: number;
}

/**
 * The stretch of [from, end) whose step is the least likely noise: the whole, and stretches of a half, a quarter … that overlap by half (seeded binary
 * segmentation; Kovács, Bühlmann, Li & Munk 2023, Biometrika 110:249), where two opposite changes don't hide each other.
 */
function leastLikely(series: ScannedSeries, from: number, end: number): Found {
  const n = end - from;
  let best: Found = { from, end, p: Math.min(1, (strongestStep(series, from, end)?.p ?? 1) / (1 - INNER_SHARE)) };
  const layers = Math.max(0, Math.floor(Math.log2(n / (2 * MIN_LEVEL))));
  for (let layer = 1; layer <= layers; layer++) {
    const count = 2 ** (layer + 1) - 1;
    const length = n / 2 ** layer;
    for (let i = 0; i < count; i++) {
      const start = from + Math.floor((i * length) / 2);
      const stop = Math.min(end, Math.ceil(from + (i * length) / 2 + length));
      const p = ((strongestStep(series, start, stop)?.p ?? 1) * count * layers) / INNER_SHARE;
      if (p < best.p) best = { from: start, end: stop, p };
    }
  }
  return best;
}

/** Every change between the edges, each judged against its neighbours. */
function judged(series: ScannedSeries, places: readonly number[], from: number, end: number): LevelChange[] {
  return places.map((_, i) => {
    const left = places[i - 1] ?? from;
    const right = places[i + 1] ?? end;
    const location = locateStep(series, left, right);
    return { ...location, shift: shiftAt(series, left, location.index, right), p: strongestStep(series, left, right)?.p ?? 1 };
  });
}

/** Moves every place to where the step between its neighbours is. */
function refitted(series: ScannedSeries, places: readonly number[], from: number, end: number): number[] {
  const moved = [...places];
  for (let round = 0; round < REFIT_ROUNDS; round++) {
    let changed = 0;
    for (let i = 0; i < moved.length; i++) {
      const { index } = locateStep(series, moved[i - 1] ?? from, moved[i + 1] ?? end);
      if (index !== moved[i]) changed++;
      moved[i] = index;
    }
    if (changed === 0) break;
  }
  return moved;
}

/** The levels of a series. `p`: that of its least likely step, found or not, for judging many series together. */
export interface Levels {
  readonly p: number;
  readonly changes: readonly LevelChange[];
}

/** Splits at steps with p ≤ level, again and again; then moves each to its place between its neighbours, and drops the weakest while one does not hold. */
export function levelsOf(series: ScannedSeries, { level, minShift }: LevelOptions): Levels {
  const n = series.values.length;
  const places: number[] = [];
  let least = 1;
  const pending: (readonly [number, number])[] = [[0, n]];
  for (let stretch = pending.pop(); stretch !== undefined; stretch = pending.pop()) {
    const [from, end] = stretch;
    const found = leastLikely(series, from, end);
    if (from === 0 && end === n) least = found.p;
    if (found.p > level) continue;
    const { index } = locateStep(series, found.from, found.end);
    places.push(index);
    pending.push([from, index], [index, end]);
  }
  let moved = refitted(series, places.sort((a, b) => a - b), 0, n);
  for (;;) {
    const changes = judged(series, moved, 0, n);
    const failing = changes.filter((change) => change.p > level || Math.abs(change.shift) < minShift).sort((a, b) => b.p - a.p || Math.abs(a.shift) - Math.abs(b.shift))[0];
    if (failing === undefined) return { p: least, changes };
    const dropped = changes.indexOf(failing);
    moved = refitted(series, moved.filter((_, i) => i !== dropped), 0, n);
  }
}
