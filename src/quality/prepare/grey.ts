import * as z from 'zod';
import { grid, imageOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

export const grey = plainStep<Prepared, Record<string, never>>({
  name: 'grey', summary: 'Makes one channel of red, green and blue (ITU-R BT.601: 0.299, 0.587, 0.114).',
  parameters: z.strictObject({}),
  apply: (prepared) => {
    const { height, width, channels, values } = imageOf(prepared, 'grey');
    if (channels !== 3) throw new QualityError('step', `step grey needs three channels, not ${channels}`);
    return grid([height, width, 1], Float64Array.from({ length: height * width }, (_, i) => 0.299 * (values[3 * i] ?? 0) + 0.587 * (values[3 * i + 1] ?? 0) + 0.114 * (values[3 * i + 2] ?? 0)));
  },
});
