import { readFileSync } from 'node:fs';
import { DTYPES, elementCount, isDtype, type Tensor } from '../../src/domain/tensor.ts';
import type { TensorRef } from '../../src/harness/protocol.ts';
import { messageOf, Refusal } from './refusal.ts';

/** Reads a tensor's raw little-endian bytes and checks their number against the shape. */
export function readTensor(ref: TensorRef): Tensor {
  const { name, dtype, shape } = ref;
  if (!isDtype(dtype)) throw new Refusal('bad-input', `input "${name}": no dtype "${dtype}"; there is ${Object.keys(DTYPES).join(', ')}`);
  const bytes = readBytes(ref);
  const expected = elementCount(shape) * DTYPES[dtype];
  if (bytes.length !== expected) {
    throw new Refusal('bad-input', `input "${name}": ${bytes.length} bytes, but ${dtype} of shape [${shape.join(', ')}] has ${expected}`);
  }
  return { name, dtype, shape, bytes };
}

function readBytes({ name, path, data }: TensorRef): Uint8Array {
  if (data !== undefined) return Buffer.from(data, 'base64');
  if (path === undefined) throw new Refusal('bad-request', `input "${name}" has neither "path" nor "data"`);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Refusal('bad-input', `input "${name}": can't read ${path}: ${messageOf(error)}`);
  }
}
