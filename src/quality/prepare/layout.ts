import * as z from 'zod';
import { grid, imageOf, type Prepared } from '../prepared.ts';
import { plainStep } from '../step.ts';

export const layout = plainStep<Prepared, { order: 'nchw' | 'nhwc' }>({
  name: 'layout', summary: 'Puts an image into the order that the model takes, with a batch of one in front.',
  parameters: z.strictObject({ order: z.enum(['nchw', 'nhwc']) }),
  apply: (prepared, { order }) => {
    const { height, width, channels, values } = imageOf(prepared, 'layout');
    if (order === 'nhwc') return grid([1, height, width, channels], values);
    const size = height * width;
    const out = new Float64Array(values.length);
    for (let pixel = 0; pixel < size; pixel++) for (let channel = 0; channel < channels; channel++) out[channel * size + pixel] = values[pixel * channels + channel] ?? 0;
    return grid([1, channels, height, width], out);
  },
});
