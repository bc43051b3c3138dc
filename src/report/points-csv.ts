import { stringify } from 'csv-stringify/sync';
import { caseFields } from '../domain/case.ts';
import { ENVIRONMENT_FIELD_NAMES } from '../domain/environment.ts';
import type { Series, SeriesPoint } from '../domain/series.ts';

const CASE_COLUMNS = ['model', 'variant', 'runtime', 'delegate', 'workload', 'scenario', 'device', 'threads', 'batch'] as const;

type Cell = string | number | null;

function text(rows: readonly Cell[][]): string {
  return stringify(rows as Cell[][], { escape_formulas: true, record_delimiter: 'windows' });
}

/** The first row of a CSV of points. */
export function pointsHeader(): string {
  return text([['suite', 'key', ...CASE_COLUMNS, 'emulated', 'metric', 'unit', 'run', 'started_at', 'state', 'value', 'low', 'high', 'n', ...ENVIRONMENT_FIELD_NAMES.map((field) => `with_${field}`)]]);
}

/** The points of a series (RFC 4180), one row a night; a night without a value has empty cells. A text cell that a spreadsheet would take for a formula gets a leading apostrophe. */
export function pointsRows(series: Series, points: readonly SeriesPoint[]): string {
  const fields = caseFields(series.case);
  const own: Cell[] = [series.suite, series.key, ...CASE_COLUMNS.map((column) => fields[column] ?? ''), series.case.emulated === true ? 'yes' : 'no', series.metric, series.unit];
  return text(points.map(({ runId, startedAt, state, value, environment }) => [
    ...own, runId, startedAt, state, value?.value ?? null, value?.low ?? null, value?.high ?? null, value?.n ?? null, ...ENVIRONMENT_FIELD_NAMES.map((field) => environment?.[field] ?? null),
  ]));
}
