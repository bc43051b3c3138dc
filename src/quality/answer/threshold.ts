import * as z from 'zod';
import { scoresOf, type Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

export const threshold = plainStep<Answer, { at: number; index: number }>({
  name: 'threshold', summary: '1 when a score is at least the threshold, else 0.',
  parameters: z.strictObject({ at: z.number(), index: z.int().nonnegative().default(0).describe('which of the scores') }),
  apply: (answer, { at, index }) => {
    const { values } = scoresOf(answer, 'step threshold');
    const score = values[index];
    if (score === undefined) throw new QualityError('answer', `step threshold looks at score ${index}, and there are ${values.length}`);
    return { kind: 'tokens', tokens: [score >= at ? 1 : 0] };
  },
});
