import * as z from 'zod';
import { rowsOf, scoresOf, type Answer } from '../answer.ts';
import { plainStep } from '../step.ts';

export const softmax = plainStep<Answer, Record<string, never>>({
  name: 'softmax', summary: 'Turns each row of scores into shares that add up to 1.',
  parameters: z.strictObject({}),
  apply: (answer) => {
    const { rows, classes, values } = rowsOf(answer, 'step softmax');
    const out = new Float64Array(values.length);
    for (let row = 0; row < rows; row++) {
      const scores = values.subarray(row * classes, (row + 1) * classes);
      const greatest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - greatest), 0);
      for (const [i, score] of scores.entries()) out[row * classes + i] = Math.exp(score - greatest) / total;
    }
    return { kind: 'scores', shape: scoresOf(answer, 'step softmax').shape, values: out };
  },
});
