import { editDistance } from '../../stats/levenshtein.ts';
import { answeredText, textLabels, type QualityMetric } from './quality-metric.ts';

/** Over the whole set: all edits over all characters of the labels, so that a long line counts for more than a short one. Characters are Unicode code points. With several right texts, the nearest counts. */
export const characterErrorRate: QualityMetric = {
  id: 'cer', method: 'Levenshtein distance over label length, whole set', scores: 'sums', compares: 'label',
  score: ({ answer, label }) => {
    const text = Array.from(answeredText(answer, 'cer'));
    const rows = textLabels(label, 'cer').map((each) => Array.from(each)).map((right) => [editDistance(text, right), right.length] as const);
    return rows.reduce((best, row) => (row[0] < best[0] ? row : best));
  },
  figure: ([edits = 0, characters = 0]) => (100 * edits) / characters,
  goodness: (figure) => Math.max(0, 100 - figure),
};
