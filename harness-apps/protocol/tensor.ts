import { DTYPES, elementCount, isDtype, type Tensor } from '../../src/domain/tensor.ts';
import type { TensorRef } from '../../src/harness/protocol.ts';
import { Refusal } from './refusal.ts';

/** A tensor of these raw little-endian bytes, whose number is checked against the shape. */
export function tensorOf({ name, dtype, shape }: TensorRef, bytes: Uint8Array): Tensor {
  if (!isDtype(dtype)) throw new Refusal('bad-input', `input "${name}": no dtype "${dtype}"; there is ${Object.keys(DTYPES).join(', ')}`);
  const expected = elementCount(shape) * DTYPES[dtype];
  if (bytes.length !== expected) {
    throw new Refusal('bad-input', `input "${name}": ${bytes.length} bytes, but ${dtype} of shape [${shape.join(', ')}] has ${expected}`);
  }
  return { name, dtype, shape, bytes };
}
