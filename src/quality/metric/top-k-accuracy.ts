import { rankClasses } from '../answer/top-k.ts';
import { QualityError } from '../quality-error.ts';
import { classLabel, ratioFigure, type QualityMetric } from './quality-metric.ts';

/** Share of items whose label is among the k classes with the highest scores. */
export function topKAccuracy(k: 1 | 3 | 5 | 10): QualityMetric {
  const id = `top${k}` as const;
  return {
    id, method: `label among the ${k === 1 ? 'highest score' : `${k} highest scores`}`, scores: 'hit', compares: 'label',
    score: ({ answer, label }) => {
      const wanted = classLabel(label, id);
      if (answer.kind === 'classes') {
        if (answer.ranked.length < k) throw new QualityError('answer', `${id} needs ${k} ranked classes, and step top-k keeps ${answer.ranked.length}`);
        return [answer.ranked.slice(0, k).includes(wanted) ? 1 : 0];
      }
      if (answer.kind === 'tokens' && k === 1 && answer.tokens.length === 1) return [answer.tokens[0] === wanted ? 1 : 0];
      return [rankClasses(answer, id, k).includes(wanted) ? 1 : 0];
    },
    figure: ratioFigure(100), goodness: (figure) => figure,
  };
}
