import * as z from 'zod';
import type { Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** Recognisers of text lines answer a space for an empty margin; PaddleOCR's own figures leave out spaces too. */
export const trim = plainStep<Answer, Record<string, never>>({
  name: 'trim', summary: 'Takes the spaces at both ends of a text away.',
  parameters: z.strictObject({}),
  apply: (answer) => {
    if (answer.kind !== 'text') throw new QualityError('step', `step trim needs a text, and the step before it gives ${answer.kind}: ctc-decode or detokenise stands before it`);
    return { kind: 'text', text: answer.text.trim() };
  },
});
