import * as z from 'zod';
import { grid, imageOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

export const pad = plainStep<Prepared, { width?: number | undefined; height?: number | undefined; value: number }>({
  name: 'pad', summary: 'Fills an image up with one value, at the right and at the bottom.',
  parameters: z.strictObject({ width: z.int().positive().max(16384).optional(), height: z.int().positive().max(16384).optional(), value: z.number() }),
  apply: (prepared, settings) => {
    const { height, width, channels, values } = imageOf(prepared, 'pad');
    const newHeight = settings.height ?? height;
    const newWidth = settings.width ?? width;
    if (newHeight < height || newWidth < width) throw new QualityError('step', `step pad to ${newHeight} × ${newWidth} got an image of ${height} × ${width}, which is larger: resize or crop it before`);
    const out = new Float64Array(newHeight * newWidth * channels).fill(settings.value);
    for (let y = 0; y < height; y++) out.set(values.subarray(y * width * channels, (y + 1) * width * channels), y * newWidth * channels);
    return grid([newHeight, newWidth, channels], out);
  },
});
