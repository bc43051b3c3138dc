import { messageOf, Refusal } from '../protocol/refusal.ts';
import { fetchFile, FileError, fileLabel, FileTooLarge } from './files.ts';

/** What engines say when WebAssembly's memory ends. */
export const OUT_OF_MEMORY = /failed to allocate|bad_alloc|out of memory|Array buffer allocation|memory access out of bounds|Cannot enlarge memory|Aborted\(OOM/i;
/** Emscripten's last word, which it says when memory ends and also for faults of an engine. */
export const ABORTED = /Aborted\(/;

/** The bytes of a model file. Throws Refusal. */
export async function modelBytes(path: string | null): Promise<Uint8Array<ArrayBuffer>> {
  if (path === null) throw new Refusal('bad-request', 'load needs "model", the path of a model file');
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await fetchFile(path);
  } catch (error) {
    if (error instanceof FileError) throw new Refusal('model-unreadable', `can't read the model ${error.message}`);
    // A tab has a bound of its own on what it may hold; browsers throw a RangeError or a TypeError beyond it.
    if (error instanceof FileTooLarge || error instanceof RangeError || error instanceof TypeError) throw new Refusal('model-invalid', `this tab can't hold the model ${fileLabel(path)}: ${messageOf(error)}`);
    throw error;
  }
  if (bytes.length === 0) throw new Refusal('model-invalid', `the model ${fileLabel(path)} is empty`);
  return bytes;
}
