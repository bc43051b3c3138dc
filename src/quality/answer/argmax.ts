import * as z from 'zod';
import { rowsOf, type Answer } from '../answer.ts';
import { plainStep } from '../step.ts';

/** The place of the greatest score of a row, the first of equals. */
export function greatestAt(values: Float64Array, start: number, classes: number): number {
  let best = 0;
  for (let i = 1; i < classes; i++) if ((values[start + i] ?? 0) > (values[start + best] ?? 0)) best = i;
  return best;
}

export const argmax = plainStep<Answer, Record<string, never>>({
  name: 'argmax', summary: 'The class with the highest score, for each row of scores.',
  parameters: z.strictObject({}),
  apply: (answer) => {
    const { rows, classes, values } = rowsOf(answer, 'step argmax');
    return { kind: 'tokens', tokens: Array.from({ length: rows }, (_, row) => greatestAt(values, row * classes, classes)) };
  },
});
