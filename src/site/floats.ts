import type { Floats } from './data.ts';

/** Numbers as 32-bit floats in base64; null is NaN. */
export function packFloats(values: readonly (number | null)[]): Floats {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => { buffer.writeFloatLE(value ?? Number.NaN, i * 4); });
  return buffer.toString('base64');
}

/** The same; null when there is no number at all. */
export function packSomeFloats(values: readonly (number | null)[]): Floats | null {
  return values.some((value) => value !== null) ? packFloats(values) : null;
}
