import * as z from 'zod';
import { grid, gridOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

export const padList = plainStep<Prepared, { length: number; value: number; longer: 'cut' | 'refuse' }>({
  name: 'pad-list', summary: 'Fills a list of numbers (token ids) up to a length, at the end.',
  parameters: z.strictObject({ length: z.int().positive().max(1_000_000), value: z.number(), longer: z.enum(['cut', 'refuse']).default('refuse') }),
  apply: (prepared, { length, value, longer }) => {
    const { shape, values } = gridOf(prepared, 'pad-list');
    if (shape.length !== 1) throw new QualityError('step', `step pad-list needs a list, not shape [${shape.join(', ')}]`);
    if (values.length > length && longer === 'refuse') throw new QualityError('step', `step pad-list to ${length} got ${values.length} numbers; give it \`longer: cut\`, or a greater length`);
    const out = new Float64Array(length).fill(value);
    out.set(values.subarray(0, length));
    return grid([length], out);
  },
});
