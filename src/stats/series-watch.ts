import { asSeriesChange, type SeriesChange } from './series-change.ts';
import { likeliestStep, locateStep, type Location } from './series-location.ts';
import { readyAroundKnown, type NightlyValues } from './series-ready.ts';
import { MIN_LEVEL, shiftAt } from './series-step.ts';

export interface WatchOptions {
  /** A step is nominated when the chance of one as strong since the last known change, from noise alone and on this night alone, is at most this. */
  readonly nightlyLevel: number;
  /** Changes of level below this share are no changes. */
  readonly minEffect: number;
  /** Nights can't be more alike than this, as a standard deviation of logarithms: what is known of the series' noise from elsewhere (`launchNoise`). 0 or absent: nothing. */
  readonly noiseFloor?: number;
}

/** The level that looking every night for a year allows: chosen by `test/bench/detect.ts --choose`. */
export const DEFAULT_WATCH_OPTIONS: WatchOptions = { nightlyLevel: 0.0007, minEffect: 0.01 };

/** A known change is moved by its later nights no further than this; what lies beyond is a change of its own. Twice the localisation error of a nomination that is a goal (10 nights), less. */
const MOST_MOVED_NIGHTS = 14;

/** A step too large for its nights to be doubted is seen before its level is as long as a place needs: what then lies at the last place that there is may lie later. */
function openEnded(location: Location, end: number): Location {
  return location.index < end - MIN_LEVEL ? location : { ...location, latest: end - 1 };
}

/** What one night's look gives. */
export type NightOutcome =
  | {
    readonly state: 'judged';
    /** The known changes, each moved to where tonight's data puts it. Hand them in again tomorrow. */
    readonly known: readonly SeriesChange[];
    /** A change not known before, null mostly. Hand its index in as known from now on: so a shift alerts once, and the baseline starts anew. */
    readonly nominated: SeriesChange | null;
  }
  | { readonly state: 'not-judged'; readonly reason: string };

/**
 * One night's look at a series: its past to tonight and the changes nominated before (ascending positions; those since refuted left out). Looks for one
 * change after the last known one, the latest five nights ago; pure. Series are independent of each other, so an alert does not hang on what else was run.
 */
export function watchNight(values: NightlyValues, known: readonly number[], options: WatchOptions = DEFAULT_WATCH_OPTIONS): NightOutcome {
  const minShift = Math.log1p(options.minEffect);
  const ready = readyAroundKnown(values, known, minShift, options.noiseFloor ?? 0);
  if ('reason' in ready) return { state: 'not-judged', reason: ready.reason };
  const { series, positions } = ready;
  const n = series.values.length;
  const places = [...ready.places];
  const changeAt = (from: number, location: Location, end: number, p: number): SeriesChange => asSeriesChange({ ...location, shift: shiftAt(series, from, location.index, end), p }, positions);
  const moved = places.flatMap((place, i) => {
    const from = places[i - 1] ?? 0;
    const end = places[i + 1] ?? n;
    const step = likeliestStep(series, from, end);
    if (step === null) return [];
    const found = locateStep(series, from, end);
    const location = Math.abs(found.index - place) <= MOST_MOVED_NIGHTS ? found : { index: place, earliest: place, latest: place };
    places[i] = location.index;
    return [changeAt(from, location, end, step.p)];
  });
  const last = places.at(-1) ?? 0;
  const step = likeliestStep(series, last, n);
  if (step === null || step.p > options.nightlyLevel) return { state: 'judged', known: moved, nominated: null };
  const nominated = changeAt(last, openEnded(locateStep(series, last, n), n), n, step.p);
  return { state: 'judged', known: moved, nominated: Math.abs(Math.log(nominated.ratio)) < minShift ? null : nominated };
}
