import * as z from 'zod';
import { grid, imageOf, type Prepared } from '../prepared.ts';
import { plainStep } from '../step.ts';

type Interpolation = 'nearest' | 'bilinear';
interface Settings { height: number; width: number | 'keep'; maxWidth?: number | undefined; interpolation: Interpolation }

/** For each place of the new axis: its two neighbours on the old one, and the share of the second. */
function neighbours(from: number, to: number, interpolation: Interpolation): { low: Uint32Array; high: Uint32Array; share: Float64Array } {
  const low = new Uint32Array(to);
  const high = new Uint32Array(to);
  const share = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    if (interpolation === 'nearest') {
      low[i] = high[i] = Math.min(from - 1, Math.floor((i * from) / to));
      continue;
    }
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    low[i] = Math.floor(at);
    high[i] = Math.min(from - 1, Math.floor(at) + 1);
    share[i] = at - Math.floor(at);
  }
  return { low, high, share };
}

/**
 * `bilinear` takes pixel centres at halves and does not smooth when it makes smaller (OpenCV's INTER_LINEAR, ONNX Resize's half_pixel); `nearest` takes the pixel at ⌊i·from/to⌋
 * (OpenCV's INTER_NEAREST).
 */
export const resize = plainStep<Prepared, Settings>({
  name: 'resize', summary: 'Resizes an image.',
  parameters: z.strictObject({
    height: z.int().positive().max(16384),
    width: z.union([z.int().positive().max(16384), z.literal('keep')]).describe('keep: by the image\'s own ratio, rounded up'),
    maxWidth: z.int().positive().max(16384).optional().describe('with width `keep`: squeezed to this where it would be wider'),
    interpolation: z.enum(['nearest', 'bilinear']).describe('bilinear: half-pixel centres, no smoothing (OpenCV\'s INTER_LINEAR); nearest: OpenCV\'s INTER_NEAREST'),
  }),
  apply: (value, settings) => {
    const image = imageOf(value, 'resize');
    const { height, interpolation } = settings;
    const width = settings.width === 'keep' ? Math.max(1, Math.min(settings.maxWidth ?? 16384, Math.ceil((height * image.width) / image.height))) : settings.width;
    const { channels, values } = image;
    const rows = neighbours(image.height, height, interpolation);
    const columns = neighbours(image.width, width, interpolation);
    const out = new Float64Array(height * width * channels);
    for (let y = 0; y < height; y++) {
      const top = (rows.low[y] ?? 0) * image.width;
      const bottom = (rows.high[y] ?? 0) * image.width;
      const down = rows.share[y] ?? 0;
      for (let x = 0; x < width; x++) {
        const left = columns.low[x] ?? 0;
        const right = columns.high[x] ?? 0;
        const along = columns.share[x] ?? 0;
        for (let channel = 0; channel < channels; channel++) {
          const at = (row: number, column: number): number => values[(row + column) * channels + channel] ?? 0;
          out[(y * width + x) * channels + channel] = (1 - down) * ((1 - along) * at(top, left) + along * at(top, right)) + down * ((1 - along) * at(bottom, left) + along * at(bottom, right));
        }
      }
    }
    return grid([height, width, channels], out);
  },
});
