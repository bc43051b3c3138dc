import { readFileSync } from 'node:fs';
import type { Tensor } from '../../src/domain/tensor.ts';
import type { TensorRef } from '../../src/harness/protocol.ts';
import { messageOf, Refusal } from '../protocol/refusal.ts';
import { tensorOf } from '../protocol/tensor.ts';

/** Reads a tensor's raw little-endian bytes and checks their number against the shape. */
export function readTensor(ref: TensorRef): Tensor {
  return tensorOf(ref, readBytes(ref));
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
