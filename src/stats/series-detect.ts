import { benjaminiHochberg } from './multiplicity.ts';
import type { Noise } from './noise.ts';
import { asSeriesChange, type SeriesChange } from './series-change.ts';
import { levelsOf } from './series-levels.ts';
import { readySeries, type NightlyValues } from './series-ready.ts';

/** What was found in a series, or why it was not judged. */
export type SeriesOutcome =
  | { readonly state: 'judged'; readonly changes: readonly SeriesChange[]; readonly noise: Noise }
  | { readonly state: 'not-judged'; readonly reason: string };

export interface DetectOptions {
  /** Expected share of false ones among the series said to have changed (Benjamini–Hochberg over the series given). */
  readonly falseDiscoveryRate: number;
  /** Changes of level below this share are no changes. */
  readonly minEffect: number;
}

/** Chosen by `test/bench/detect.ts --choose`: twice the rate adds no recall of 3 % steps or more; the smallest effect is METHODS' (half of what two nights differ by at 2 % noise). */
export const DEFAULT_DETECT_OPTIONS: DetectOptions = { falseDiscoveryRate: 0.005, minEffect: 0.01 };

/**
 * Changes of level in each of many series, in the order given; pure. Levels are those of the logarithms without spikes, noise is AR(1); each series has its own.
 * A series counts as changed when Benjamini–Hochberg over all judged series rejects "no change"; the same level then judges each of its changes.
 */
export function detectChanges(table: readonly NightlyValues[], options: DetectOptions = DEFAULT_DETECT_OPTIONS): readonly SeriesOutcome[] {
  const minShift = Math.log1p(options.minEffect);
  const rate = options.falseDiscoveryRate;
  const ready = table.map((values) => readySeries(values, minShift));
  const first = ready.map((one) => ('reason' in one ? null : levelsOf(one.series, { level: rate, minShift })));
  const judged = first.filter((levels) => levels !== null);
  const rejected = benjaminiHochberg(judged.map(({ p }) => p)).filter((p) => p <= rate).length;
  const level = (rate * rejected) / Math.max(1, judged.length);
  return ready.map((one, i) => {
    if ('reason' in one) return { state: 'not-judged', reason: one.reason };
    const { series, positions } = one;
    const changed = (first[i]?.p ?? 1) <= level;
    const changes = changed ? levelsOf(series, { level, minShift }).changes : [];
    return { state: 'judged', noise: series.noise, changes: changes.map((change) => asSeriesChange(change, positions)) };
  });
}
