import { stringify } from 'csv-stringify/sync';
import { caseFields } from '../domain/case.ts';
import { METRIC_NAMES } from '../domain/metric.ts';
import type { CaseResult } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import { orderedMetricNames } from './metric-names.ts';
import type { TextSink } from './report-format.ts';
import { tradeOffs } from './trade-off/trade-offs.ts';

/** Rows turned into text at once. */
const ROWS_A_CHUNK = 500;

const CASE_COLUMNS = ['model', 'variant', 'runtime', 'delegate', 'workload', 'scenario', 'device', 'threads', 'batch', 'emulated', 'unit'] as const;
const METRIC_COLUMNS = ['', '_low', '_high', '_n', '_unit'] as const;

type Cell = string | number | null;

/**
 * results.csv (RFC 4180): one row a case; value, interval, count and unit of each metric; where variants are held against each other, what to ship and why not. An absent quantity is an empty cell.
 * A text cell that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay numbers.
 */
export async function writeCsv(report: RunReport, out: TextSink): Promise<void> {
  const metrics = metricNames(report);
  const header = ['key', ...CASE_COLUMNS, 'verdict', 'reasons', 'warnings', ...metrics.flatMap((name) => METRIC_COLUMNS.map((suffix) => name + suffix)), 'model_sha256', 'repro'];
  const choices = new Map(tradeOffs(report).flatMap(({ candidates }) => candidates.map(({ result, standing, why }) => [result.key, [standing, why]] as const)));
  let rows: Cell[][] = [choices.size === 0 ? header : [...header, 'standing', 'why_not']];
  for (const result of report.results()) {
    rows.push(choices.size === 0 ? row(result, metrics) : [...row(result, metrics), ...(choices.get(result.key) ?? [null, null])]);
    if (rows.length < ROWS_A_CHUNK) continue;
    await out.write(text(rows));
    rows = [];
  }
  if (rows.length > 0) await out.write(text(rows));
}

/** The columns must be known before the first row: all metrics of speed, memory and energy, and of quality those that the results hold. */
function metricNames(report: RunReport): readonly string[] {
  const names = new Set<string>(METRIC_NAMES.filter((name) => !name.startsWith('quality_')));
  for (const result of report.results()) for (const name of Object.keys(result.metrics)) names.add(name);
  return orderedMetricNames(names);
}

function row(result: CaseResult, metrics: readonly string[]): Cell[] {
  const fields = caseFields(result.case);
  const cells: Cell[] = [result.key];
  const own: Readonly<Record<string, Cell>> = { ...fields, ...result.case.options, emulated: result.case.emulated === true ? 'yes' : 'no', unit: result.unit };
  for (const column of CASE_COLUMNS) cells.push(own[column] ?? '');
  cells.push(result.verdict.status, reasonText(result.verdict.reasons), reasonText(result.warnings));
  for (const name of metrics) {
    const metric = result.metrics[name];
    if (metric === undefined) cells.push(null, null, null, null, null);
    else cells.push(metric.value, metric.low, metric.high, metric.n, metric.unit);
  }
  cells.push(result.provenance?.modelSha256 ?? null, result.repro);
  return cells;
}

function reasonText(reasons: readonly { readonly code: string; readonly message: string }[]): string {
  return reasons.map((reason) => `${reason.code}: ${reason.message}`).join('; ');
}

function text(rows: readonly Cell[][]): string {
  return stringify(rows as Cell[][], { escape_formulas: true, record_delimiter: 'windows' });
}
