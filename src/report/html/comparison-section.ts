import type { Case } from '../../domain/case.ts';
import type { Comparison, ComparisonOutcome } from '../../domain/result.ts';
import { comparisonLabel } from '../comparison-label.ts';
import { escapeHtml } from '../escape-html.ts';
import { metricWords } from '../metric-names.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { dataTable, type TableCell } from './data-table.ts';

/** More than these are in results.json only. */
const SHOWN = 500;

const MARKS: Readonly<Record<ComparisonOutcome, string>> = { regressed: '▲', improved: '▼', equivalent: '=', noisy: '~', incomparable: '≠' };

/** Variants against each other inside the run; nothing when there are none. */
export function comparisonSection(comparisons: readonly Comparison[], cases: ReadonlyMap<string, Case>): string {
  if (comparisons.length === 0) return '';
  const rows = comparisons.slice(0, SHOWN).map((comparison): readonly TableCell[] => {
    const { ratio, low, high } = comparison;
    const change = ratio === null ? '—' : NUMBER_FORMAT.change(ratio);
    const label = comparisonLabel(comparison, cases);
    const interval = low === null || high === null ? '—' : `${NUMBER_FORMAT.change(low)} to ${NUMBER_FORMAT.change(high)}`;
    return [
      { html: `<span class="outcome ${comparison.outcome}"><span aria-hidden="true">${MARKS[comparison.outcome]}</span> ${comparison.outcome}</span>${comparison.reason === '' ? '' : `<br><small>${escapeHtml(comparison.reason)}</small>`}` },
      { html: `<span title="${escapeHtml(`${comparison.head} against ${comparison.base}`)}"><b>${escapeHtml(label.model)}</b> ${escapeHtml(label.difference)}</span><br><small>base: ${escapeHtml(label.base)}</small>` },
      metricWords(comparison.metric).label, { number: change }, { number: interval }, { number: String(comparison.n) }, { html: `<small>${escapeHtml(comparison.method)}; changes under ${NUMBER_FORMAT.share(comparison.materiality)} don’t count</small>` },
    ];
  });
  const rest = comparisons.length > SHOWN ? `<p class="note">The other ${NUMBER_FORMAT.count(comparisons.length - SHOWN)} comparisons are in results.json.</p>` : '';
  return `<section id="comparisons" aria-labelledby="h-comparisons"><h2 id="h-comparisons">Variants compared</h2><p class="note">The change is of the head against the base; the interval holds it at 95 %, corrected for the number of comparisons.</p>${dataTable('Variants compared', ['Outcome', 'Head against base', 'Metric', 'Change', 'Interval', 'n', 'Method'], rows)}${rest}</section>`;
}
