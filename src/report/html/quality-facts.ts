import type { CaseResult } from '../../domain/result.ts';
import type { QualityComparison } from '../../domain/quality-result.ts';
import { escapeHtml } from '../escape-html.ts';
import { metricWords } from '../metric-names.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { dataTable, type TableCell } from './data-table.ts';
import { absence } from './words.ts';

const OUTCOME_WORDS: Readonly<Record<QualityComparison['outcome'], string>> = { worse: 'worse', better: 'better', equal: 'the same on every item', undecided: 'these items can’t tell the two apart' };

/** How the quality was found: against what, by which test, and a few items that were answered wrongly. Empty where the suite asks for none. */
export function qualityFacts({ quality, absent }: CaseResult): string {
  if (quality === undefined) return '';
  if (quality === null) return `<h4>Quality</h4><p>${absence(absent['quality_loss'] ?? 'it was not measured')}</p>`;
  const { data, against, misses } = quality;
  const compared = against.map((item): readonly TableCell[] => {
    const { low, high } = item;
    const unit = metricWords(item.metric).label;
    return [
      `${item.role}: ${item.base}`, unit, { number: NUMBER_FORMAT.plain(item.difference, 3) }, { number: low === null || high === null ? '—' : `${NUMBER_FORMAT.plain(low, 3)} to ${NUMBER_FORMAT.plain(high, 3)}` },
      OUTCOME_WORDS[item.outcome], { number: item.p < 0.001 ? '<0.001' : item.p.toFixed(3) }, { html: `<small>${escapeHtml(item.method)}</small>` },
    ];
  });
  const wrong = misses.map((miss): readonly TableCell[] => [miss.id, miss.label, miss.answer]);
  return `<h4>Quality</h4><p class="note">${escapeHtml(`${NUMBER_FORMAT.count(data.items)} items of ${data.name}, split ${data.split}, sha256 ${data.sha256.slice(0, 12)}; protocol ${quality.protocolSha256.slice(0, 12)}`)}</p>${compared.length === 0 ? '<p class="note">It is what the others are held against.</p>' : dataTable('Quality against others', ['Against', 'Metric', 'Difference', '95 % interval', 'Outcome', 'p', 'Test'], compared)}${wrong.length === 0 ? '' : `<details><summary>Some items answered wrongly</summary>${dataTable('Items answered wrongly', ['Item', 'Label', 'Answer'], wrong)}</details>`}`;
}
