import type { Figure } from '../../stats/item-scores.ts';
import { tokens13a } from './bleu-tokens.ts';
import { nGrams } from './n-grams.ts';
import { answeredText, textLabels, type QualityMetric } from './quality-metric.ts';

const ORDERS = [1, 2, 3, 4] as const;

/** Length of the answer and of the reference nearest to it (the shorter of two as near), then matching and all n-grams for n = 1 to 4. */
export function bleuStatistics(answer: string, references: readonly string[]): number[] {
  const tokens = tokens13a(answer);
  const right = references.map(tokens13a);
  const nearest = right.map((each) => each.length).reduce((best, length) => {
    const closer = Math.abs(tokens.length - length) - Math.abs(tokens.length - best);
    return closer < 0 || (closer === 0 && length < best) ? length : best;
  });
  const matches = ORDERS.map((n) => {
    const allowed = new Map<string, number>();
    for (const reference of right) for (const [gram, count] of nGrams(reference, n)) allowed.set(gram, Math.max(allowed.get(gram) ?? 0, count));
    let matching = 0;
    for (const [gram, count] of nGrams(tokens, n)) matching += Math.min(count, allowed.get(gram) ?? 0);
    return matching;
  });
  return [tokens.length, nearest, ...matches, ...ORDERS.map((n) => Math.max(0, tokens.length - n + 1))];
}

/** BLEU (Papineni et al. 2002) from summed statistics, with the exponential smoothing of an order without a match that sacrebleu uses by default (Chen & Cherry 2014, method 3). 0 to 100. */
export const bleuFigure: Figure = (sums) => {
  const [length = 0, reference = 0] = sums;
  const matching = ORDERS.map((_, i) => sums[2 + i] ?? 0);
  if (matching.every((count) => count === 0)) return 0;
  let smoothing = 1;
  let logs = 0;
  for (const [i, count] of matching.entries()) {
    const all = sums[6 + i] ?? 0;
    if (all === 0) return 0;
    if (count === 0) smoothing *= 2;
    logs += Math.log(count === 0 ? 100 / (smoothing * all) : (100 * count) / all) / ORDERS.length;
  }
  return (length < reference ? Math.exp(1 - reference / length) : 1) * Math.exp(logs);
};

export const bleu: QualityMetric = {
  id: 'bleu', method: 'corpus BLEU as sacrebleu: 13a tokens, case kept, exponential smoothing', scores: 'sums', compares: 'label',
  score: ({ answer, label }) => bleuStatistics(answeredText(answer, 'bleu'), textLabels(label, 'bleu')),
  figure: bleuFigure, goodness: (figure) => figure,
};
