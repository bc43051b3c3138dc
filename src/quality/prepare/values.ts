import * as z from 'zod';
import { grid, sourceOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** From the item's own `values`, or from a text file with numbers between spaces, commas or line ends. */
export const values = plainStep<Prepared, Record<string, never>>({
  name: 'values', summary: 'Reads a list of numbers (token ids) from the item or from a text file.',
  parameters: z.strictObject({}),
  apply: (value) => {
    const source = sourceOf(value, 'values');
    const words = source.values ?? Buffer.from(source.bytes ?? []).toString('utf8').split(/[\s,]+/).filter((word) => word !== '').map(Number);
    if (words.length === 0) throw new QualityError('data', `${source.where}: it has no numbers`);
    const wrong = words.findIndex((word) => !Number.isFinite(word));
    if (wrong >= 0) throw new QualityError('data', `${source.where}: entry ${wrong + 1} is not a number`);
    return grid([words.length], Float64Array.from(words));
  },
});
