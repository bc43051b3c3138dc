import type { ChangeEvent } from '../../src/domain/event.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../src/stats/series-detect.ts';
import { readySeries } from '../../src/stats/series-ready.ts';
import type { Point } from './series.ts';

/** A level between two changes: places in the points, and the median of the valid values. */
export interface Level {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** A change that an event tells of: the first night of the new level, or the one on which the old was back. */
export interface Mark {
  readonly at: number;
  readonly event: ChangeEvent;
  readonly kind: 'began' | 'fixed';
}

/** Where the events put changes of this series (or of the case, when it broke). */
export function marksOf(points: readonly Point[], key: string, metric: string, events: readonly ChangeEvent[]): readonly Mark[] {
  const place = new Map(points.map(({ night }, i) => [night.id, i]));
  const at = (runId: string | null): number | undefined => (runId === null ? undefined : place.get(runId));
  return events.flatMap((event): Mark[] => {
    if (event.state === 'refuted' || !event.cases.includes(key)) return [];
    const member = event.series.find((series) => series.key === key && series.metric === metric);
    if (member === undefined && event.kind !== 'broke') return [];
    const [began, fixed] = [at(member?.firstBad ?? event.firstBad), at(member?.fixedBy ?? null)];
    return [...(began === undefined ? [] : [{ at: began, event, kind: 'began' as const }]), ...(fixed === undefined ? [] : [{ at: fixed, event, kind: 'fixed' as const }])];
  }).sort((a, b) => a.at - b.at);
}

export function levelsOf(points: readonly Point[], metric: string, marks: readonly Mark[]): readonly Level[] {
  const edges = [...new Set([0, ...marks.map(({ at }) => at), points.length])].sort((a, b) => a - b);
  return edges.slice(0, -1).flatMap((from, i): Level[] => {
    const to = edges[i + 1] ?? points.length;
    const values = points.slice(from, to).flatMap((point) => (point.state === 'ok' ? [point.values.get(metric)?.value ?? Number.NaN] : [])).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const value = values[Math.floor(values.length / 2)];
    return value === undefined ? [] : [{ from, to, value }];
  });
}

/** The noise of one night about its level, as a standard deviation of logarithms: what detection measures changes against. The reason where there is none. */
export function noiseFloor(points: readonly Point[], metric: string): { readonly sd: number } | { readonly reason: string } {
  const ready = readySeries(points.map((point) => (point.state === 'ok' ? (point.values.get(metric)?.value ?? null) : null)), Math.log1p(DEFAULT_DETECT_OPTIONS.minEffect));
  return 'reason' in ready ? ready : { sd: ready.series.noise.sd };
}
