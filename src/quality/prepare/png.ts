import * as z from 'zod';
import { convertIndexedToRgb, decode } from 'fast-png';
import { bytesOf, grid, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** A larger image is refused before it is unpacked. */
const MAX_PIXELS = 64 * 1024 * 1024;
/** Luma of ITU-R BT.601, as libpng and OpenCV take it. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** The size that the header tells (PNG 11.2.2). */
function pixelsOf(bytes: Uint8Array): number {
  if (bytes.length < 24) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(16) * view.getUint32(20);
}

function readPng(bytes: Uint8Array, where: string): { width: number; height: number; channels: number; data: ArrayLike<number>; scale: number } {
  if (pixelsOf(bytes) > MAX_PIXELS) throw new QualityError('data', `${where}: the PNG has more than ${MAX_PIXELS} pixels`);
  try {
    const image = decode(bytes, { checkCrc: true });
    const { width, height } = image;
    if (image.palette !== undefined) {
      const data = convertIndexedToRgb(image);
      return { width, height, channels: data.length / (width * height), data, scale: 1 };
    }
    if (image.depth < 8) throw new Error(`${image.depth} bits a channel are not supported; 8 and 16 are`);
    return { width, height, channels: image.channels, data: image.data, scale: image.depth === 16 ? 255 / 65535 : 1 };
  } catch (error) {
    throw new QualityError('data', `${where}: the PNG can not be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** 8 and 16 bits a channel become 0 to 255; what is transparent shows the background. */
export const png = plainStep<Prepared, { colour: 'rgb' | 'bgr' | 'grey'; background: number }>({
  name: 'png', summary: 'Reads a PNG image: height × width × channels, 0 to 255.',
  parameters: z.strictObject({
    colour: z.enum(['rgb', 'bgr', 'grey']).default('rgb').describe('grey: by ITU-R BT.601'),
    background: z.number().min(0).max(255).default(255).describe('what shows through transparent pixels'),
  }),
  apply: (value, { colour, background }) => {
    const { bytes, source } = bytesOf(value, 'png');
    const { width, height, channels, data, scale } = readPng(bytes, source.where);
    const hasAlpha = channels === 2 || channels === 4;
    const colours = hasAlpha ? channels - 1 : channels;
    const out = new Float64Array(width * height * (colour === 'grey' ? 1 : 3));
    for (let pixel = 0; pixel < width * height; pixel++) {
      const alpha = hasAlpha ? ((data[pixel * channels + colours] ?? 0) * scale) / 255 : 1;
      const at = (channel: number): number => alpha * (data[pixel * channels + (colours === 1 ? 0 : channel)] ?? 0) * scale + (1 - alpha) * background;
      if (colour === 'grey') out[pixel] = colours === 1 ? at(0) : LUMA[0] * at(0) + LUMA[1] * at(1) + LUMA[2] * at(2);
      else for (let channel = 0; channel < 3; channel++) out[pixel * 3 + channel] = at(colour === 'rgb' ? channel : 2 - channel);
    }
    return grid([height, width, colour === 'grey' ? 1 : 3], out);
  },
});
