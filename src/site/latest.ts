import type { BulkHistory, SeriesRow } from '../store/bulk-history.ts';
import type { LatestValues } from './data.ts';
import { packFloats } from './floats.ts';
import type { Month } from './month.ts';

/** The newest valid value of every series. Months are read from the newest backwards, and only for the series that have none yet. */
export function latestValues(bulk: BulkHistory, months: readonly Month[], series: readonly SeriesRow[], metricNames: readonly string[]): LatestValues {
  const found = new Map<number, { readonly run: number; readonly value: number; readonly low: number | null; readonly high: number | null }>();
  for (const { nights } of months.toReversed()) {
    const order = new Map(nights.map(({ seq }, i) => [seq, i]));
    const range = { first: Math.min(...order.keys()), last: Math.max(...order.keys()) };
    const missing = Map.groupBy(series.filter(({ id }) => !found.has(id)), ({ caseId }) => caseId);
    for (const [caseId, members] of missing) {
      const valid = new Set(bulk.casePoints(caseId, range).flatMap(({ run, state }) => (state === 'ok' && order.has(run) ? [run] : [])));
      if (valid.size === 0) continue;
      for (const { id } of members) {
        const newest = bulk.values(id, range).filter(({ run }) => valid.has(run)).sort((a, b) => (order.get(a.run) ?? 0) - (order.get(b.run) ?? 0)).at(-1);
        if (newest !== undefined) found.set(id, newest);
      }
    }
    if (found.size === series.length) break;
  }
  const rows = series.flatMap(({ id, caseId, metric, unit }) => {
    const point = found.get(id);
    return point === undefined ? [] : [{ caseId, metric: metricNames.indexOf(metric), unit, point }];
  });
  return {
    caseId: rows.map(({ caseId }) => caseId), metric: rows.map(({ metric }) => metric), unit: rows.map(({ unit }) => unit), run: rows.map(({ point }) => point.run),
    values: packFloats(rows.flatMap(({ point }) => [point.value, point.low, point.high])),
  };
}
