import type { Tensor } from '../../domain/tensor.ts';
import { toNumbers } from '../../measure/tensor-values.ts';
import { QualityError } from '../quality-error.ts';
import { ratioFigure, type QualityMetric } from './quality-metric.ts';

/** Cosine of two answers to one item, all outputs taken as one vector; two zero vectors are alike. Throws QualityError when names or shapes differ. */
export function cosineOf(outputs: readonly Tensor[], reference: readonly Tensor[]): number {
  let dot = 0;
  let normA = 0;
  let normB = 0;
  for (const want of reference) {
    const got = outputs.find((tensor) => tensor.name === want.name);
    if (got === undefined || got.shape.join() !== want.shape.join()) throw new QualityError('answer', `cosine: the reference's output "${want.name}" of shape [${want.shape.join(', ')}] ${got === undefined ? 'is missing' : `has shape [${got.shape.join(', ')}]`}`);
    const a = toNumbers(got);
    const b = toNumbers(want);
    for (let i = 0; i < a.length; i++) {
      const x = a[i] ?? 0;
      const y = b[i] ?? 0;
      dot += x * y;
      normA += x * x;
      normB += y * y;
    }
  }
  return normA === 0 && normB === 0 ? 1 : normA === 0 || normB === 0 ? 0 : dot / Math.sqrt(normA * normB);
}

/** Takes the outputs as they are, before any step. */
export const cosine: QualityMetric = {
  id: 'cosine', method: 'cosine of all outputs with the reference variant\'s on this host\'s CPU, mean over items', scores: 'sums', compares: 'reference',
  score: ({ outputs, reference }) => {
    if (reference === null) throw new QualityError('answer', 'cosine: there is no reference variant to compare with');
    return [cosineOf(outputs, reference)];
  },
  figure: ratioFigure(1), goodness: (figure) => Math.max(0, figure),
};
