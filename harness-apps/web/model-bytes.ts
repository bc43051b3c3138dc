import { messageOf, Refusal } from '../protocol/refusal.ts';
import { fetchFile, FileError } from './files.ts';

/** The bytes of a model file. Throws Refusal. */
export async function modelBytes(path: string | null): Promise<Uint8Array<ArrayBuffer>> {
  if (path === null) throw new Refusal('bad-request', 'load needs "model", the path of a model file');
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await fetchFile(path);
  } catch (error) {
    if (error instanceof FileError) throw new Refusal('model-unreadable', `can't read the model ${error.message}`);
    // A tab has a bound of its own on what it may hold; browsers throw a RangeError or a TypeError beyond it.
    throw new Refusal('model-invalid', `this tab can't hold the model ${path}: ${messageOf(error)}`);
  }
  if (bytes.length === 0) throw new Refusal('model-invalid', `the model ${path} is empty`);
  return bytes;
}
