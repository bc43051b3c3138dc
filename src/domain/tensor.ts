/** Element types of tensors that Paddock can generate, read and compare, with bytes per element. */
export const DTYPES = {
  float32: 4, float64: 8, float16: 2, int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8, bool: 1,
} as const;
export type Dtype = keyof typeof DTYPES;

export const DTYPE_NAMES = Object.keys(DTYPES) as [Dtype, ...Dtype[]];

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPES, name);
}

/** A dense tensor, row-major, little-endian bytes. */
export interface Tensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a model says of one input or output; a dimension it leaves open is a name or null. */
export interface TensorSignature {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string | null)[];
}

/** Number of elements; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
