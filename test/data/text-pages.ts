/** Pages with a few lines of rendered text on them, as PP-OCR's detection takes them. */
import { seededRandom } from '../../src/domain/random.ts';
import { HEIGHT, textImages } from './text-images.ts';
import type { Use } from './phrases.ts';

/** Normalization of PP-OCR's detection, red, green, blue: ImageNet's. */
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;
const PAPER = 0.9;
const LINE = 60;

/** One page, `side` wide and high, with a line every 60 pixels: [1, 3, side, side]. */
export function textPage(use: Use, seed: string, side: number): Float32Array {
  const random = seededRandom(`text page/${use}/${seed}`);
  const page = new Float32Array(3 * side * side);
  const set = (channel: number, row: number, column: number, shade: number): void => { page[(channel * side + row) * side + column] = (shade - (MEAN[channel] ?? 0)) / (DEVIATION[channel] ?? 1); };
  for (let channel = 0; channel < 3; channel++) for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) set(channel, row, column, PAPER);
  for (const [line, { width, rgb }] of textImages(use, Math.floor(side / LINE), seed, side).entries()) {
    const left = Math.floor(random() * (side - width));
    for (let row = 0; row < HEIGHT; row++) for (let column = 0; column < width; column++) for (let channel = 0; channel < 3; channel++) set(channel, line * LINE + 6 + row, left + column, (rgb[(row * width + column) * 3 + channel] ?? 0) / 255);
  }
  return page;
}
