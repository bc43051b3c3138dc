import type { Metric, MetricName } from '../domain/metric.ts';
import { METRICS } from '../domain/metric.ts';
import type { QualityItem } from '../domain/quality-record.ts';
import { bootstrapInterval, type BootstrapInterval } from '../stats/bootstrap.ts';
import { itemScores, pairedScores, type ItemScores } from '../stats/item-scores.ts';
import { mcnemarExact, randomisationTest, type PairedTest } from '../stats/paired-items.ts';
import type { QualityMetric } from './metric/quality-metric.ts';

/** 1 − confidence of the intervals. */
const ALPHA = 0.05;

export function metricName(metric: QualityMetric): MetricName {
  return `quality_${metric.id}`;
}

/** One metric's scores of items, in their order. */
export function scoresOf(metric: QualityMetric, items: readonly QualityItem[]): ItemScores {
  return itemScores(items.map((item) => item.scores[metric.id] ?? []));
}

/** Exact binomial interval (Clopper & Pearson 1934) of a share that was 0 or 1 in all of n items, where resampling would give no width at all. */
function unanimous(value: number, n: number): Pick<BootstrapInterval, 'low' | 'high'> {
  const width = 100 * (1 - (ALPHA / 2) ** (1 / n));
  return value === 0 ? { low: 0, high: width } : { low: 100 - width, high: 100 };
}

/** One figure with its interval over items; null where the items don't define it. */
export function figureOf(metric: QualityMetric, items: readonly QualityItem[], seed: string): Metric | null {
  const scores = scoresOf(metric, items);
  const found = bootstrapInterval(scores, metric.figure, { alpha: ALPHA, seed: `${seed}/${metric.id}` });
  if (!Number.isFinite(found.value)) return null;
  const alike = metric.scores === 'hit' && (found.value === 0 || found.value === 100);
  const { low, high } = alike ? unanimous(found.value, scores.n) : found;
  const interval = alike ? 'exact binomial interval' : low === null ? 'too few or equal items for an interval' : 'BCa bootstrap over items';
  return { value: found.value, low, high, n: scores.n, unit: METRICS[metricName(metric)].unit, method: `${metric.method}; ${interval}` };
}

export interface Difference extends PairedTest {
  readonly difference: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
  /** Not one item scores otherwise. */
  readonly identical: boolean;
}

/** Items that both answered, in the same order. */
export function common(a: readonly QualityItem[], b: readonly QualityItem[]): { readonly a: readonly QualityItem[]; readonly b: readonly QualityItem[] } {
  const others = new Map(b.map((item) => [item.id, item]));
  const pairs = a.flatMap((item) => {
    const other = others.get(item.id);
    return other === undefined ? [] : [[item, other] as const];
  });
  return { a: pairs.map(([item]) => item), b: pairs.map(([, item]) => item) };
}

/** Head less base on the same items, with a paired test. */
export function differenceOf(metric: QualityMetric, head: readonly QualityItem[], base: readonly QualityItem[], seed: string): Difference {
  const a = scoresOf(metric, head);
  const b = scoresOf(metric, base);
  const identical = a.rows.every((value, i) => value === b.rows[i]);
  const { value, low, high } = bootstrapInterval(pairedScores(a, b), (sums, n) => metric.figure(sums.subarray(0, a.width), n) - metric.figure(sums.subarray(a.width), n), { alpha: ALPHA, seed: `${seed}/${metric.id}/difference` });
  const test = identical ? { p: 1, method: 'not one item differs' } : metric.scores === 'hit' ? mcnemarExact(a, b) : randomisationTest(a, b, metric.figure, `${seed}/${metric.id}/test`);
  return { difference: value, low: identical ? 0 : low, high: identical ? 0 : high, n: a.n, identical, ...test };
}

/** Quality lost, %, of what the base has; null where the base has none. */
export function lossOf(metric: QualityMetric, head: readonly QualityItem[], base: readonly QualityItem[], seed: string): Metric | null {
  const a = scoresOf(metric, head);
  const b = scoresOf(metric, base);
  const identical = a.rows.every((value, i) => value === b.rows[i]);
  const loss = (sums: Float64Array, n: number): number => 100 * (1 - metric.goodness(metric.figure(sums.subarray(0, a.width), n)) / metric.goodness(metric.figure(sums.subarray(a.width), n)));
  const { value, low, high } = bootstrapInterval(pairedScores(a, b), loss, { alpha: ALPHA, seed: `${seed}/${metric.id}/loss` });
  if (!Number.isFinite(value)) return null;
  const interval = identical ? 'not one item differs' : low === null ? 'too few items for an interval' : 'BCa bootstrap over the same items';
  return { value: value === 0 ? 0 : value, low: identical ? 0 : low, high: identical ? 0 : high, n: a.n, unit: '%', method: `share of the reference's ${metric.id}; ${interval}` };
}
