import { commonSubsequence } from '../../stats/levenshtein.ts';
import { nGrams } from './n-grams.ts';
import { answeredText, ratioFigure, textLabels, type QualityMetric } from './quality-metric.ts';

/** Lower-case words of a to z and digits: the tokens of ROUGE-1.5.5 and rouge_score without stemming. */
function words(text: string): readonly string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== '');
}

function fMeasure(common: number, answered: number, right: number): number {
  return common === 0 ? 0 : (2 * common) / (answered + right);
}

/** ROUGE-n's F-measure (Lin 2004): n-grams in common, each counted at most as often as on either side. */
export function rougeN(answer: string, reference: string, n: 1 | 2): number {
  const answered = nGrams(words(answer), n);
  const right = nGrams(words(reference), n);
  const total = (counts: ReadonlyMap<string, number>): number => counts.values().reduce((sum, count) => sum + count, 0);
  const common = [...answered].reduce((sum, [gram, count]) => sum + Math.min(count, right.get(gram) ?? 0), 0);
  return fMeasure(common, total(answered), total(right));
}

/** ROUGE-L's F-measure, over the whole text as one sentence (rouge_score's `rougeL`). */
export function rougeL(answer: string, reference: string): number {
  const answered = words(answer);
  const right = words(reference);
  return fMeasure(commonSubsequence(answered, right), answered.length, right.length);
}

function metric(id: 'rouge1' | 'rouge2' | 'rougeL', measure: (answer: string, reference: string) => number): QualityMetric {
  return {
    id, method: 'F-measure as rouge_score without stemming, best of the references, mean over items', scores: 'sums', compares: 'label',
    score: ({ answer, label }) => [Math.max(...textLabels(label, id).map((reference) => measure(answeredText(answer, id), reference)))],
    figure: ratioFigure(1), goodness: (figure) => figure,
  };
}

export const ROUGE: readonly QualityMetric[] = [
  metric('rouge1', (answer, reference) => rougeN(answer, reference, 1)), metric('rouge2', (answer, reference) => rougeN(answer, reference, 2)), metric('rougeL', rougeL),
];
