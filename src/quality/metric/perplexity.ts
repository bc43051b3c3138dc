import { rowsOf } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import type { QualityMetric } from './quality-metric.ts';

/** The label of a place that does not count, as training frameworks have it. */
const IGNORED = -100;

/** exp of the mean of −ln p(right token) over all tokens of the set, from scores before softmax. Label t is what is right at row t; −100 leaves a place out. */
export const perplexity: QualityMetric = {
  id: 'perplexity', method: 'exp of the mean negative log probability of the right tokens, whole set', scores: 'sums', compares: 'label',
  score: ({ answer, label }) => {
    const { rows, classes, values } = rowsOf(answer, 'perplexity');
    const tokens = [label].flat();
    if (tokens.length !== rows) throw new QualityError('answer', `perplexity needs one token as label for each of the ${rows} rows of scores, and the label has ${tokens.length}`);
    let sum = 0;
    let count = 0;
    for (const [row, token] of tokens.entries()) {
      if (token === IGNORED) continue;
      if (typeof token !== 'number' || !Number.isInteger(token) || token < 0 || token >= classes) throw new QualityError('answer', `perplexity: ${JSON.stringify(token)} is no token of ${classes}`);
      const scores = values.subarray(row * classes, (row + 1) * classes);
      const greatest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      sum += greatest + Math.log(scores.reduce((total, score) => total + Math.exp(score - greatest), 0)) - (scores[token] ?? 0);
      count++;
    }
    return [sum, count];
  },
  figure: ([sum = 0, count = 0]) => Math.exp(sum / count),
  goodness: (figure) => 1 / figure,
};
