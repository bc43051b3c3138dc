import type { Case } from '../domain/case.ts';
import type { Comparison } from '../domain/result.ts';
import { caseLabel, distinctLabels } from './case-label.ts';

/** What a comparison is of, in words: the model, what differs, and the base in full. Keys stand in where a case is not in the run. */
export interface ComparisonLabel {
  readonly model: string;
  readonly difference: string;
  readonly base: string;
}

/** Words for a comparison; `cases` holds the run's cases by key. */
export function comparisonLabel(comparison: Comparison, cases: ReadonlyMap<string, Case>): ComparisonLabel {
  const base = cases.get(comparison.base);
  const head = cases.get(comparison.head);
  if (base === undefined || head === undefined) return { model: '', difference: `${comparison.head} against ${comparison.base}`, base: comparison.base };
  const [headLabel = '', baseLabel = ''] = distinctLabels([head, base]);
  const model = head.model === base.model ? head.model : `${head.model} against ${base.model}`;
  return { model, difference: headLabel === baseLabel ? headLabel : `${headLabel} against ${baseLabel}`, base: caseLabel(base) };
}
