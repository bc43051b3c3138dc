import { QualityError } from '../quality-error.ts';
import { classLabel, ratioFigure, textLabels, type QualityMetric } from './quality-metric.ts';

function equals(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Texts character by character (no case or space is forgiven), token sequences id by id, classes by number. */
export const exactMatch: QualityMetric = {
  id: 'exact_match', method: 'answer equal to the label, nothing forgiven', scores: 'hit', compares: 'label',
  score: ({ answer, label }) => {
    switch (answer.kind) {
      case 'text': return [textLabels(label, 'exact_match').includes(answer.text) ? 1 : 0];
      case 'tokens': return [equals(answer.tokens, Array.isArray(label) && typeof label[0] === 'number' ? label.filter((each) => typeof each === 'number') : [classLabel(label, 'exact_match')]) ? 1 : 0];
      case 'classes': return [answer.ranked[0] === classLabel(label, 'exact_match') ? 1 : 0];
      case 'scores': case 'outputs': throw new QualityError('answer', 'exact_match compares a text, tokens or a class: end `answer` with ctc-decode, detokenise, argmax or threshold');
      default: return answer satisfies never;
    }
  },
  figure: ratioFigure(100), goodness: (figure) => figure,
};
