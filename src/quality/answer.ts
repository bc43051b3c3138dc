import type { Tensor } from '../domain/tensor.ts';
import { toNumbers } from '../measure/tensor-values.ts';
import type { Grid } from './prepared.ts';
import { QualityError } from './quality-error.ts';

/** What passes from one answering step to the next: first all outputs, in the end what is compared with the label. */
export type Answer =
  | { readonly kind: 'outputs'; readonly tensors: readonly Tensor[] }
  | ({ readonly kind: 'scores' } & Grid)
  /** Classes from the likeliest down. */
  | { readonly kind: 'classes'; readonly ranked: readonly number[] }
  /** One class, or one for each place of a sequence. */
  | { readonly kind: 'tokens'; readonly tokens: readonly number[] }
  | { readonly kind: 'text'; readonly text: string };

export function gridOfTensor(tensor: Tensor): Grid {
  return { shape: tensor.shape, values: toNumbers(tensor) };
}

/** The scores, or the one output that there is. Throws QualityError. */
export function scoresOf(answer: Answer, who: string): Grid {
  if (answer.kind === 'scores') return answer;
  if (answer.kind !== 'outputs') throw new QualityError('answer', `${who} needs scores, and the step before it gives ${answer.kind}`);
  const [only] = answer.tensors;
  if (only === undefined || answer.tensors.length > 1) throw new QualityError('answer', `${who}: the model has ${answer.tensors.length} outputs (${answer.tensors.map((tensor) => tensor.name).join(', ')}); name one with { step: output, name: … } before it`);
  return gridOfTensor(only);
}

/** One row of class scores a place: [1, C], [T, C] or [1, T, C]. Throws QualityError. */
export function rowsOf(answer: Answer, who: string): { readonly rows: number; readonly classes: number; readonly values: Float64Array } {
  const { shape, values } = scoresOf(answer, who);
  const classes = shape.at(-1) ?? 0;
  if (classes === 0 || shape.length === 0 || shape.slice(0, -2).some((size) => size !== 1)) throw new QualityError('answer', `${who} needs rows of class scores ([1, classes], or [1, places, classes]), not shape [${shape.join(', ')}]`);
  return { rows: values.length / classes, classes, values };
}

/** An answer for people, at most so long. */
export function answerText(answer: Answer): string {
  const list = (numbers: readonly number[]): string => numbers.slice(0, 20).join(' ') + (numbers.length > 20 ? ' …' : '');
  switch (answer.kind) {
    case 'text': return answer.text.slice(0, 200);
    case 'tokens': return list(answer.tokens);
    case 'classes': return list(answer.ranked);
    case 'scores': return `scores of shape [${answer.shape.join(', ')}]`;
    case 'outputs': return `${answer.tensors.length} outputs`;
    default: return answer satisfies never;
  }
}
