import type { LineageFacts, ModelFacts } from '../../domain/run-report.ts';
import { escapeHtml } from '../escape-html.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { lineageWords } from '../trade-off/lineage-words.ts';
import type { Candidate } from '../trade-off/trade-offs.ts';
import { dataTable, type TableCell } from './data-table.ts';

const MIB = 1024 * 1024;

/** What recipes really did to each variant, and whether it made them faster here. Nothing where no variant was made by a recipe. */
export function lineageTable(model: ModelFacts | null, candidates: readonly Candidate[], where: string): string {
  const made = candidates.flatMap((candidate) => {
    const facts = model?.variants.find((variant) => variant.id === candidate.result.case.variant);
    return facts === undefined || facts.lineage === null ? [] : [{ candidate, facts, lineage: facts.lineage }];
  });
  if (made.length === 0) return '';
  const rows = made.map(({ candidate, facts, lineage }): readonly TableCell[] => [
    { html: `<b>${escapeHtml(facts.id)}</b><br><small>${escapeHtml(`${lineage.recipe} of ${facts.from ?? ''}`)}</small>` },
    { html: escapeHtml(lineageWords(lineage, candidate.speed, candidate.result)) },
    { html: bytesByType(lineage) },
    { html: `${operators(lineage.converted)}${kept(lineage)}` },
    { number: lineage.sparsity === null ? '—' : NUMBER_FORMAT.share(lineage.sparsity) },
  ]);
  return `<details class="more" open><summary>What the recipes did, and whether it made the model faster${escapeHtml(where === '' ? '' : ` (${where})`)}</summary>${dataTable('What the recipes did', ['Variant', 'In a sentence', 'Holds', 'Operators', 'Zero weights'], rows)}</details>`;
}

/** Types that hold less than this share of a file say nothing of it. */
const SHOWN_SHARE = 0.001;

function bytesByType({ bytes, parentBytes, bytesByType: types }: LineageFacts): string {
  const list = Object.entries(types).filter(([, size]) => size >= SHOWN_SHARE * bytes).sort(([, a], [, b]) => b - a).map(([type, size]) => `${escapeHtml(type)} ${NUMBER_FORMAT.plain(size / MIB, 3)}\u202fMiB`);
  return `<span class="whole">${NUMBER_FORMAT.plain(bytes / MIB, 3)}\u202fMiB, ×\u202f${NUMBER_FORMAT.plain(bytes / parentBytes, 2)}<br><small>${list.join('<br>')}</small></span>`;
}

function operators(counts: Readonly<Record<string, number>>): string {
  const list = Object.entries(counts).map(([op, count]) => `${escapeHtml(op)} × ${NUMBER_FORMAT.count(count)}`);
  return list.length === 0 ? 'none converted' : `converted: ${list.join(', ')}`;
}

function kept({ kept: list }: LineageFacts): string {
  return list.map(({ op, count, reason }) => `<br><small>kept ${escapeHtml(op)} × ${NUMBER_FORMAT.count(count)}: ${escapeHtml(reason)}</small>`).join('');
}
