import * as z from 'zod';
import type { Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';
import { stepEntry } from '../step.ts';
import { linesOf } from './lines-of.ts';

/** What stands for a space inside the pieces of a SentencePiece vocabulary (Kudo & Richardson 2018). */
const SENTENCEPIECE_SPACE = '\u2581';

interface Settings { vocabulary: string; pieces: 'words' | 'wordpiece' | 'sentencepiece'; skip: number[]; end?: number | undefined }

/** Words are joined by a space; WordPiece joins pieces that begin with ##; SentencePiece writes its spaces into the pieces. */
export const detokenise = stepEntry<Answer, Settings>({
  name: 'detokenise', summary: 'Turns token ids into a text by a vocabulary.',
  parameters: z.strictObject({
    vocabulary: z.string().min(1).describe('a file with one token a line, in the order of their ids'),
    pieces: z.enum(['words', 'wordpiece', 'sentencepiece']),
    skip: z.array(z.int().nonnegative()).default([]).describe('ids that are no text (padding, separators)'),
    end: z.int().nonnegative().optional().describe('the id that ends the text'),
  }),
  bind: async ({ vocabulary, pieces, skip, end }, context) => {
    const tokens = await linesOf(vocabulary, 'detokenise', context);
    return (answer) => {
      if (answer.kind !== 'tokens') throw new QualityError('step', 'step detokenise needs token ids: argmax stands before it');
      const stop = end === undefined ? -1 : answer.tokens.indexOf(end);
      const words = (stop < 0 ? answer.tokens : answer.tokens.slice(0, stop)).filter((id) => !skip.includes(id)).map((id) => {
        const token = tokens[id];
        if (token === undefined) throw new QualityError('step', `step detokenise: the vocabulary ${vocabulary} has ${tokens.length} entries, and the model answers token ${id}: it is another model's vocabulary`);
        return token;
      });
      if (pieces === 'sentencepiece') return { kind: 'text', text: words.join('').replaceAll(SENTENCEPIECE_SPACE, ' ').trim() };
      return { kind: 'text', text: words.reduce((text, word) => (pieces === 'wordpiece' && word.startsWith('##') ? text + word.slice(2) : text === '' ? word : `${text} ${word}`), '') };
    };
  },
});
