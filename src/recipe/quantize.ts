/**
 * Linear quantization, q = round((x − x_min)/(x_max − x_min) · (2^b − 1)), as in Jacob et al. 2018 (arXiv 1712.05877) and Krishnamoorthi 2018 (arXiv 1806.08342): with step
 * s = (x_max − x_min)/(2^b − 1) this is q = round(x/s) + z, where the zero point z = −x_min/s is a whole number once the range is moved by less than a step, so that 0 is exact.
 * Rounding is to the nearest, ties to even, as ONNX's QuantizeLinear does.
 */

/** `asymmetric`: q in 0 … 2^b − 1 over [min, max]; `symmetric`: q in −(2^(b−1) − 1) … 2^(b−1) − 1 over [−max|x|, max|x|], zero point 0. */
export type Scheme = 'asymmetric' | 'symmetric';

export interface Quantization {
  /** A float32 number, since that is how ONNX keeps it. */
  readonly scale: number;
  readonly zeroPoint: number;
  readonly low: number;
  readonly high: number;
}

/** The least step: a range of nothing still needs a positive scale (the least normal float32). */
const MIN_SCALE = 2 ** -126;

export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/** Scale and zero point of a range; zero is always inside. */
export function quantizationOf(min: number, max: number, bits: number, scheme: Scheme): Quantization {
  if (scheme === 'symmetric') {
    const high = 2 ** (bits - 1) - 1;
    return { scale: Math.max(MIN_SCALE, Math.fround(Math.max(Math.abs(min), Math.abs(max)) / high)), zeroPoint: 0, low: -high, high };
  }
  const high = 2 ** bits - 1;
  const from = Math.min(0, min);
  const scale = Math.max(MIN_SCALE, Math.fround((Math.max(0, max) - from) / high));
  return { scale, zeroPoint: Math.min(high, Math.max(0, roundHalfEven(-from / scale))), low: 0, high };
}

export function quantize(x: number, { scale, zeroPoint, low, high }: Quantization): number {
  return Math.min(high, Math.max(low, roundHalfEven(x / scale) + zeroPoint));
}

export function dequantize(q: number, { scale, zeroPoint }: Quantization): number {
  return (q - zeroPoint) * scale;
}

/** A quantized array in row-major order, with one scale for each index of `axis`, or one for all. */
export interface QuantizedArray {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Symmetric quantization of weights to at most 8 bits. `axis` null: one scale for all. */
export function quantizeWeights(values: Float64Array, dims: readonly number[], axis: number | null, bits: number): QuantizedArray {
  const channels = axis === null ? 1 : (dims[axis] ?? 1);
  const inner = axis === null ? values.length : dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  const largest = new Float64Array(channels);
  for (const [i, value] of values.entries()) largest[channelOf(i)] = Math.max(largest[channelOf(i)] ?? 0, Math.abs(value));
  const each = Array.from(largest, (max) => quantizationOf(-max, max, bits, 'symmetric'));
  const quantized = new Int8Array(values.length);
  for (const [i, value] of values.entries()) {
    const quantization = each[channelOf(i)];
    if (quantization !== undefined) quantized[i] = quantize(value, quantization);
  }
  return { values: quantized, scales: Float32Array.from(each, ({ scale }) => scale) };
}
