import * as z from 'zod';
import { rowsOf, type Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** The classes of the only row from the highest score down; of equal scores the lower class first. Throws QualityError. */
export function rankClasses(answer: Answer, who: string, count: number): readonly number[] {
  const { rows, classes, values } = rowsOf(answer, who);
  if (rows !== 1) throw new QualityError('answer', `${who} ranks one row of class scores, not ${rows}`);
  return Array.from({ length: classes }, (_, i) => i).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b).slice(0, count);
}

export const topK = plainStep<Answer, { k: number }>({
  name: 'top-k', summary: 'The classes with the highest scores, from the highest down.',
  parameters: z.strictObject({ k: z.int().positive().max(1000) }),
  apply: (answer, { k }) => ({ kind: 'classes', ranked: rankClasses(answer, 'step top-k', k) }),
});
