import type { CaseResult } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import { distinctLabels } from '../report/case-label.ts';
import { headline } from '../report/headline.ts';
import { headlineMetric } from '../report/headline-metric.ts';
import { metricWords } from '../report/metric-names.ts';
import { NUMBER_FORMAT } from '../report/number.ts';
import { overviewOf } from '../report/overview.ts';
import { tradeOffs } from '../report/trade-off/trade-offs.ts';
import { paint, printable, table, type Style } from './terminal.ts';

/** More rows than this belong in a report, not on a screen. */
const MAX_ROWS = 60;
const STYLES: Readonly<Record<string, Style>> = { ok: 'green', invalid: 'yellow', failed: 'red', unsupported: 'dim', skipped: 'dim' };

/** The first quality figure, with its name: `84.0 % exact match`. */
function qualityText({ metrics, quality }: CaseResult): string {
  const metric = quality === null || quality === undefined ? undefined : metrics[quality.primary];
  return metric === undefined || quality === null || quality === undefined ? '—' : `${NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(metric), metric.unit)} ${metricWords(quality.primary).label.toLowerCase()}`;
}

function lossText({ metrics: { quality_loss: loss } }: CaseResult): string {
  if (loss === undefined) return '—';
  return loss.low === null || loss.high === null || loss.low === loss.high ? NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(loss), '%') : `${NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(loss), '%')} (${NUMBER_FORMAT.interval(loss, '')})`;
}

/** The run on a terminal: verdict first, then each case's headline number with its interval. */
export function printSummary(report: RunReport, out: NodeJS.WriteStream): void {
  const overview = overviewOf(report, MAX_ROWS);
  const rows: string[][] = [];
  const verdicts: string[] = [];
  const reasons: string[] = [];
  const labels = distinctLabels(overview.first.map((result) => result.case));
  const hasQuality = overview.metricNames.some((metric) => metric.startsWith('quality_'));
  for (const [index, result] of overview.first.entries()) {
    const name = headlineMetric(result);
    const metric = result.metrics[name];
    const memory = result.metrics['peak_memory'];
    const words = metricWords(name);
    rows.push([
      result.verdict.status, printable(`${result.case.model} ${labels[index] ?? ''}`), words.label, metric === undefined ? '—' : NUMBER_FORMAT.quantity(metric, metric.unit),
      memory === undefined ? '—' : NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(memory), memory.unit),
      ...(hasQuality ? [qualityText(result), lossText(result)] : []),
    ]);
    verdicts.push(result.verdict.status);
    const reason = result.verdict.reasons[0];
    if (result.verdict.status !== 'ok' && reason !== undefined) reasons.push(`  ${result.verdict.status}: ${printable(result.key)}: ${printable(reason.message)}`);
  }
  const text = table(['verdict', 'case', 'metric', 'value ± 95 %', 'memory', ...(hasQuality ? ['quality', 'loss (95 %)'] : [])], rows, new Set([3, 4, 5, 6])).split('\n');
  out.write(`${paint(out, 'bold', printable(headline(report.run, overview)))}\n\n`);
  out.write(`${paint(out, 'dim', text[0] ?? '')}\n`);
  for (const [index, line] of text.slice(1).entries()) {
    const status = verdicts[index] ?? 'ok';
    out.write(`${paint(out, STYLES[status] ?? 'reset', status)}${line.slice(status.length)}\n`);
  }
  if (report.resultCount > rows.length) out.write(`… and ${report.resultCount - rows.length} more in the report\n`);
  for (const { case: c, advice } of tradeOffs(report)) if (advice !== null) out.write(`\n${paint(out, 'bold', printable(c.model))}: ${printable(advice)}\n`);
  if (reasons.length > 0) out.write(`\n${reasons.join('\n')}\n`);
  const warnings = [...report.run.warnings.map((warning) => warning.message), ...overview.warnings.map((group) => `${group.code}: ${group.messages[0]?.message ?? ''} (${group.count} ${group.count === 1 ? 'case' : 'cases'})`)];
  if (warnings.length > 0) out.write(`\n${warnings.map((warning) => `${paint(out, 'yellow', 'warning')} ${printable(warning)}`).join('\n')}\n`);
}
