import * as z from 'zod';
import { seededRandom } from '../domain/random.ts';

/** Places of a tensor that are compared one by one. */
const PLACES = 32;
/** Programs that prepare the same picture differ by roundings: two tensors are one item when nothing differs by more than this share of their spread. */
const TOLERANCE = 1e-3;

/** What tells a tensor from others though another program rounded it otherwise, where a hash would not: count, mean, deviation, and the numbers at fixed places. */
export const sketchSchema = z.object({ count: z.int(), mean: z.number(), deviation: z.number(), values: z.array(z.number()) });
export type Sketch = Readonly<z.infer<typeof sketchSchema>>;

export function sketchOf(values: Float64Array): Sketch {
  const count = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const random = seededRandom(`sketch/${count}`);
  return { count, mean, deviation: count === 0 ? 0 : Math.sqrt(squares / count), values: Array.from({ length: PLACES }, () => values[Math.floor(random() * count)] ?? 0) };
}

/** Whether two tensors hold the same item. */
export function isSameItem(a: Sketch, b: Sketch): boolean {
  const near = (x: number, y: number, share: number): boolean => Math.abs(x - y) <= share * Math.max(a.deviation, Number.MIN_VALUE);
  // Mean and deviation gather all numbers, so that they are far nearer than a single one.
  return a.count === b.count && near(a.mean, b.mean, TOLERANCE / 10) && near(a.deviation, b.deviation, TOLERANCE / 10) && a.values.every((value, i) => near(value, b.values[i] ?? Number.NaN, TOLERANCE));
}
