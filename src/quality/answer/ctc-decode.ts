import * as z from 'zod';
import { rowsOf, type Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import { stepEntry } from '../step.ts';
import { greatestAt } from './argmax.ts';
import { linesOf } from './lines-of.ts';

interface Settings { dictionary: string; blank: 'first' | 'last'; space: 'last' | 'none' }

/**
 * Greedy decoding of connectionist temporal classification (Graves et al. 2006, §3.2): the likeliest class of each place, repeats taken once, blanks left out. Classes are the
 * dictionary's lines in their order, with the blank before or after them, and a space as one more character where the model has it.
 */
export const ctcDecode = stepEntry<Answer, Settings>({
  name: 'ctc-decode', summary: 'Reads a text from rows of character scores: repeats once, blanks left out.',
  parameters: z.strictObject({
    dictionary: z.string().min(1).describe('a file with one character a line, from the suite\'s folder or npm:PACKAGE/PATH'),
    blank: z.enum(['first', 'last']).describe('where the blank stands among the classes'),
    space: z.enum(['last', 'none']).default('none').describe('last: the space is one more character after the dictionary\'s'),
  }),
  bind: async ({ dictionary, blank, space }, context) => {
    const characters = [...await linesOf(dictionary, 'ctc-decode', context), ...(space === 'last' ? [' '] : [])];
    return (answer) => {
      const { rows, classes, values } = rowsOf(answer, 'step ctc-decode');
      if (classes !== characters.length + 1) {
        throw new QualityError('step', `step ctc-decode: the dictionary ${dictionary} gives ${characters.length} characters${space === 'last' ? ' (the space is one of them)' : ''}, with the blank ${characters.length + 1} classes, and the model answers ${classes}: it is another model's dictionary, or \`space\` is set wrongly`);
      }
      const blankAt = blank === 'first' ? 0 : characters.length;
      let text = '';
      let before = blankAt;
      for (let row = 0; row < rows; row++) {
        const best = greatestAt(values, row * classes, classes);
        if (best !== before && best !== blankAt) text += characters[blank === 'first' ? best - 1 : best] ?? '';
        before = best;
      }
      return { kind: 'text', text };
    };
  },
});
