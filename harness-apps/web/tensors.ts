import type { Tensor } from '../../src/domain/tensor.ts';
import type { TensorRef } from '../../src/harness/protocol.ts';
import { Refusal } from '../protocol/refusal.ts';
import { tensorOf } from '../protocol/tensor.ts';
import { fromBase64 } from './base64.ts';
import { fetchFile, FileError } from './files.ts';

/** Fetches a tensor's raw little-endian bytes, or takes those in the request, and checks their number against the shape. */
export async function readTensor(ref: TensorRef): Promise<Tensor> {
  return tensorOf(ref, await readBytes(ref));
}

async function readBytes({ name, path, data }: TensorRef): Promise<Uint8Array> {
  if (data !== undefined) return fromBase64(data);
  if (path === undefined) throw new Refusal('bad-request', `input "${name}" has neither "path" nor "data"`);
  try {
    return await fetchFile(path);
  } catch (error) {
    if (error instanceof FileError) throw new Refusal('bad-input', `input "${name}": can't read ${error.message}`);
    throw error;
  }
}
