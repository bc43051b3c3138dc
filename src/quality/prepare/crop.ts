import * as z from 'zod';
import { grid, imageOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** Where what is left over can't be halved, the smaller half is cut off at the left and at the top. */
export const crop = plainStep<Prepared, { height: number; width: number }>({
  name: 'crop', summary: 'Cuts the middle out of an image.',
  parameters: z.strictObject({ height: z.int().positive(), width: z.int().positive() }),
  apply: (prepared, settings) => {
    const { height, width, channels, values } = imageOf(prepared, 'crop');
    if (settings.height > height || settings.width > width) throw new QualityError('step', `step crop to ${settings.height} × ${settings.width} got an image of ${height} × ${width}, which is smaller: resize or pad it before`);
    const top = Math.floor((height - settings.height) / 2);
    const left = Math.floor((width - settings.width) / 2);
    const out = new Float64Array(settings.height * settings.width * channels);
    for (let y = 0; y < settings.height; y++) {
      const from = ((top + y) * width + left) * channels;
      out.set(values.subarray(from, from + settings.width * channels), y * settings.width * channels);
    }
    return grid([settings.height, settings.width, channels], out);
  },
});
