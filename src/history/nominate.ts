import { launchNoise } from '../stats/launch-noise.ts';
import { benjaminiHochberg } from '../stats/multiplicity.ts';
import type { SeriesChange } from '../stats/series-change.ts';
import { DEFAULT_WATCH_OPTIONS, watchNight } from '../stats/series-watch.ts';
import type { WatchedSeries } from './watched-series.ts';

/** A change that tonight's look found in a series. */
export interface Nomination {
  readonly watched: WatchedSeries;
  readonly change: SeriesChange;
}

/** What tonight's look at all series gave. */
export interface Night {
  readonly nominations: readonly Nomination[];
  /** Known changes where tonight's data puts them: the position that they had, and the change now. */
  readonly moved: readonly { readonly watched: WatchedSeries; readonly from: number; readonly change: SeriesChange }[];
  readonly judged: number;
  /** Series with too few nights that have a value which ratios can be made of. */
  readonly notJudged: number;
}

/**
 * Expected share of false ones among the nominations of one night, on top of each series' own nightly level: with few series that level decides, with many this does (an A/B then
 * settles each). Chosen by `test/bench/watch.ts --choose` (2 % noise, steps of 5 %): below .1 steps among 400 series are found later, above .5 no sooner. On seeds that chose nothing:
 * farms of 40 series name 98.3 % of 400 steps within 30 nights (median delay 8) at .021 false alerts a year on each series without a step, farms of 400 series 97.5 % (8) at .012.
 */
export const NIGHTLY_FALSE_DISCOVERY_RATE = 0.5;

/** Looks for a new change in each series. Pure. */
export function nominate(all: readonly WatchedSeries[], falseDiscoveryRate = NIGHTLY_FALSE_DISCOVERY_RATE): Night {
  const candidates: Nomination[] = [];
  const moved: { watched: WatchedSeries; from: number; change: SeriesChange }[] = [];
  let judged = 0;
  for (const watched of all) {
    const outcome = watchNight(watched.values, watched.known, { ...DEFAULT_WATCH_OPTIONS, minEffect: watched.rule.minEffect, noiseFloor: launchNoise(watched.intervals) });
    if (outcome.state === 'not-judged') continue;
    judged++;
    if (outcome.known.length === watched.known.length) for (const [index, change] of outcome.known.entries()) moved.push({ watched, from: watched.known[index] ?? change.index, change });
    if (outcome.nominated !== null) candidates.push({ watched, change: outcome.nominated });
  }
  // Series that nominate nothing have a larger p than those that do: 1 in their place changes nothing.
  const adjusted = benjaminiHochberg([...candidates.map(({ change }) => change.p), ...Array.from({ length: judged - candidates.length }, () => 1)]);
  return { nominations: candidates.filter((_, index) => (adjusted[index] ?? 1) <= falseDiscoveryRate), moved, judged, notJudged: all.length - judged };
}
