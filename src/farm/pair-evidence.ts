import { METRICS, type MetricName } from '../domain/metric.ts';
import type { ComparisonOutcome } from '../domain/result.ts';
import { disturbedMaterialP, disturbedShift } from '../stats/disturbed-shift.ts';
import { pairedMaterialP } from '../stats/material-change.ts';
import { pairedDifference } from '../stats/paired-difference.ts';
import type { Shift } from '../stats/shift.ts';
import { sampleSd } from '../stats/summary.ts';

/** 1 − confidence of a comparison's interval, and the share of false ones among the changes called. */
export const ALPHA = 0.05;
/** With fewer launches a side, nothing is said. */
export const MIN_LAUNCHES = 3;

export interface LaunchValue { readonly block: number; readonly unit: string | null; readonly value: number }

/** What a comparison of one metric rests on: logs, head less base. */
export interface Evidence {
  readonly shift: Shift;
  /** Chance of what was seen if nothing changed by more than the margin. */
  readonly p: number;
  readonly source: string;
  /** What the method can't see, and the outcomes that it therefore must not give. */
  readonly caution: { readonly text: string; readonly silences: readonly ComparisonOutcome[] } | null;
}

const isTime = (metric: MetricName): boolean => METRICS[metric].unit === 'ms' || METRICS[metric].unit === '1/s';

/**
 * Launches of one run, paired by unit and block; null with too few pairs. Pairs that differ by more than the margin (a log ratio) among themselves are those of a machine that something
 * else slows: times are then compared by the fastest launches and by the median pair together. What only slow launches show the fastest can't see, so that `equivalent` is said where the
 * pairs say it, and no change is called that most pairs deny.
 */
export function evidenceOfPairs(base: readonly LaunchValue[], head: readonly LaunchValue[], metric: MetricName, margin: number): Evidence | null {
  const pairs = base.flatMap(({ block, unit, value }) => {
    const other = head.find((launch) => launch.block === block && launch.unit === unit);
    return other === undefined ? [] : [{ base: Math.log(value), head: Math.log(other.value) }];
  });
  if (pairs.length < MIN_LAUNCHES) return null;
  const differences = pairs.map((pair) => pair.head - pair.base);
  const spread = sampleSd(differences);
  const calm = { shift: pairedDifference(differences, ALPHA), p: pairedMaterialP(differences, margin), source: 'launch pairs', caution: null };
  if (!isTime(metric) || spread <= margin) return calm;
  const sign = METRICS[metric].better === 'lower' ? 1 : -1;
  const [x, y] = [pairs.map((pair) => sign * pair.base), pairs.map((pair) => sign * pair.head)];
  const { shift, byPairs, contradict } = disturbedShift(x, y, ALPHA);
  if (shift.low === null || shift.high === null) return calm;
  const upright = sign === 1 ? shift : { ...shift, estimate: -shift.estimate, low: -shift.high, high: -shift.low };
  return { shift: upright, p: disturbedMaterialP(x, y, margin), source: 'launches of one run', caution: caution({ differences, estimate: upright.estimate, spread, byPairs, contradict, margin }) };
}

function caution(seen: { readonly differences: readonly number[]; readonly estimate: number; readonly spread: number; readonly byPairs: Shift | null; readonly contradict: boolean; readonly margin: number }): Evidence['caution'] {
  if (seen.contradict) return { text: 'the fastest launches and the median pair tell of different changes', silences: ['regressed', 'improved', 'equivalent'] };
  const contrary = seen.differences.filter((difference) => difference * seen.estimate < 0).length;
  if (contrary * 2 > seen.differences.length) return { text: `most pairs of launches go the other way (${contrary} of ${seen.differences.length})`, silences: ['regressed', 'improved', 'equivalent'] };
  const text = `pairs of launches differ by ${(100 * seen.spread).toFixed(0)} %, so`;
  if (seen.byPairs === null) return { text: `${text} only the fastest were compared`, silences: ['equivalent'] };
  const isAlike = (seen.byPairs.low ?? -Infinity) > -seen.margin && (seen.byPairs.high ?? Infinity) < seen.margin;
  return { text: `${text} the fastest and the median pair were compared`, silences: isAlike ? [] : ['equivalent'] };
}
