import type { SeriesPoint } from '../domain/series.ts';

/** One letter a state under the chart; a night without a letter is `ok`. */
export const STATE_LETTERS: Readonly<Record<SeriesPoint['state'], string>> = { ok: ' ', invalid: 'i', failed: 'f', unsupported: 'u', skipped: 's', 'not-run': '-' };

export interface TextChart {
  readonly lines: readonly string[];
  /** Nights that one column stands for. */
  readonly nightsPerColumn: number;
}

interface Column {
  readonly value: number | null;
  readonly points: readonly SeriesPoint[];
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** The letter of a night on which the device was not itself. */
export const INCIDENT_LETTER = 'd';

/** A column's letter: that of its only state, `*` where several kinds of nights without a value fall together. */
function letterOf({ points }: Column, incidents: ReadonlyMap<string, string>): string {
  const letters = new Set(points.map((point) => (incidents.has(point.runId) ? INCIDENT_LETTER : STATE_LETTERS[point.state])).filter((letter) => letter !== ' '));
  return letters.size > 1 ? '*' : ([...letters][0] ?? ' ');
}

/**
 * A series as lines of text: one column a night (or the median of several, where there are more nights than columns), valid values as `●`, and under them a letter for
 * each night that has none, or that was a device incident (`incidents`: run id -> reason). `marks` (run ids) get a `^`.
 */
export function textChart(points: readonly SeriesPoint[], marks: ReadonlySet<string>, incidents: ReadonlyMap<string, string>, size: { readonly width: number; readonly height: number }, format: (value: number) => string): TextChart {
  const valid = points.flatMap((point) => (point.state === 'ok' && point.value !== null ? [point.value.value] : []));
  if (valid.length === 0) return { lines: [], nightsPerColumn: 1 };
  const [low, high] = [Math.min(...valid), Math.max(...valid)];
  const labels = [...new Set([high, (low + high) / 2, low])].map(format);
  const margin = Math.max(...labels.map((label) => label.length));
  const width = Math.max(10, size.width - margin - 3);
  const nightsPerColumn = Math.ceil(points.length / width);
  const columns: Column[] = [];
  for (let from = 0; from < points.length; from += nightsPerColumn) {
    const chunk = points.slice(from, from + nightsPerColumn);
    columns.push({ points: chunk, value: median(chunk.flatMap((point) => (point.state === 'ok' && point.value !== null ? [point.value.value] : []))) });
  }
  const rowOf = (value: number): number => (high === low ? Math.floor(size.height / 2) : Math.round(((high - value) / (high - low)) * (size.height - 1)));
  const labelAt = new Map([[rowOf(high), format(high)], [rowOf((low + high) / 2), format((low + high) / 2)], [rowOf(low), format(low)]]);
  const lines = Array.from({ length: size.height }, (_, row) => {
    const cells = columns.map((column) => (column.value !== null && rowOf(column.value) === row ? '●' : ' ')).join('');
    return `${(labelAt.get(row) ?? '').padStart(margin)} ┤${cells}`.trimEnd();
  });
  const letters = columns.map((column) => letterOf(column, incidents)).join('');
  const carets = columns.map((column) => (column.points.some((point) => marks.has(point.runId)) ? '^' : ' ')).join('');
  for (const line of [letters, carets]) if (line.trim() !== '') lines.push(`${' '.repeat(margin + 2)}${line}`.trimEnd());
  return { lines, nightsPerColumn };
}
