import { noiseOf, type Noise } from './noise.ts';
import { clipSeries } from './series-clip.ts';
import { levelsOf } from './series-levels.ts';
import { residualNoise } from './series-noise.ts';
import { scanned, strongestStep, type ScannedSeries } from './series-step.ts';

/** One series in time order. Null is a night without a value: no point, and the nights around it are neighbours. */
export type NightlyValues = readonly (number | null)[];

/** Fewer points than this say too little about their own noise (`test/bench/detect.ts`: false alarms of short series). */
export const MIN_POINTS = 20;
/** Noise below this share of the smallest change that counts makes no difference; the floor lets an exact series (a file size) be judged by the same rule. */
const NOISE_FLOOR = 0.1;
/** Level of the first two passes, whose only use is to keep the steps out of the noise. */
const ROUGH_LEVEL = 0.01;

/** Natural logarithms of the points there are, spikes drawn in, with their noise; `positions` are their places in the values given. */
export interface ReadySeries {
  readonly series: ScannedSeries;
  readonly positions: Int32Array;
}

export interface NotJudged {
  readonly reason: string;
}

/** Noise below the floor is the floor, white: the autocorrelation of rounding errors means nothing. */
function floored(noise: Noise, floor: number): Noise {
  return noise.sd > floor ? noise : { sd: floor, phi: 0, longRunSd: floor };
}

/** The steps to keep out of the noise: those found, or where there are none the strongest of all, so that noise with and without a step is treated alike. */
function roughPlaces(series: ScannedSeries, minShift: number): readonly number[] {
  const found = levelsOf(series, { level: ROUGH_LEVEL, minShift }).changes.map(({ index }) => index);
  const strongest = strongestStep(series, 0, series.values.length);
  return found.length > 0 || strongest === null ? found : [strongest.index];
}

/** The points of a series with spikes drawn in, and rough noise: from differences, which needs no levels. A value that no ratio can be made of (0 and below, not finite) is no point. */
function points(values: NightlyValues, floor: number): ReadySeries | NotJudged {
  const positions: number[] = [];
  const logs: number[] = [];
  let odd: { readonly position: number; readonly value: number } | null = null;
  for (const [position, value] of values.entries()) {
    if (value === null) continue;
    if (!(value > 0 && Number.isFinite(value))) {
      odd ??= { position, value };
      continue;
    }
    positions.push(position);
    logs.push(Math.log(value));
  }
  if (logs.length < MIN_POINTS) {
    const words = odd === null ? 'values' : `values that a ratio can be made of (value ${odd.position}, from 0, is ${odd.value})`;
    return { reason: `it has ${logs.length} ${words}; telling a change from noise needs ${MIN_POINTS}` };
  }
  const rough = floored(noiseOf(logs), floor);
  return { series: scanned(clipSeries(logs, rough.sd), rough), positions: Int32Array.from(positions) };
}

function withNoiseAround(series: ScannedSeries, places: readonly number[], floor: number): ScannedSeries {
  return { ...series, noise: floored(residualNoise(series.values, places), floor) };
}

/**
 * Makes a series ready for judging. A ratio needs values above 0, so any other is no point; the reason says so where too few are left.
 * @param minShift smallest change that counts, as a difference of logarithms, above 0
 */
export function readySeries(values: NightlyValues, minShift: number): ReadySeries | NotJudged {
  const floor = NOISE_FLOOR * minShift;
  const ready = points(values, floor);
  if ('reason' in ready) return ready;
  let { series } = ready;
  for (let pass = 0; pass < 2; pass++) series = withNoiseAround(series, roughPlaces(series, minShift), floor);
  return { ...ready, series };
}

/** The same, with the noise around levels already known: ascending positions of the first values of the later ones. */
export function readyAroundKnown(values: NightlyValues, known: readonly number[], minShift: number, noiseFloor: number): (ReadySeries & { readonly places: readonly number[] }) | NotJudged {
  const floor = Math.max(noiseFloor, NOISE_FLOOR * minShift);
  const ready = points(values, floor);
  if ('reason' in ready) return ready;
  const places = known.map((night) => ready.positions.findIndex((position) => position >= night)).filter((place) => place > 0);
  const strongest = strongestStep(ready.series, places.at(-1) ?? 0, ready.series.values.length);
  return { ...ready, places, series: withNoiseAround(ready.series, strongest === null ? places : [...places, strongest.index], floor) };
}
