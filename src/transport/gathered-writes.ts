import type { Duplex } from 'node:stream';
import { isMarkedAsUntransferable } from 'node:worker_threads';

/** Smaller ones cost next to nothing. */
const OWN_BYTES = 16 * 1024;

/**
 * Makes all that is written to a stream in one go one write of the system. ssh2 writes each packet in three pieces (length, content, tag), each a system call and, as these connections delay nothing, a
 * segment of its own: gathering them takes a quarter off the processor time of sending a file.
 *
 * What was written is freed at once: whoever writes must not use it again, as ssh2 does not. Left to the garbage collector, each packet lies in memory that no packet used before, at a page fault for each 4 KiB.
 */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...words: readonly unknown[]) => boolean;
  stream.write = (...words: readonly unknown[]): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    const [piece, ...others] = words;
    return others.length === 0 && isItsOwn(piece) ? write(piece, (error?: Error | null) => free(piece, error)) : write(...words);
  };
}

/** In memory of its own: not in the pool that Node shares among small buffers, which it marks so. */
function isItsOwn(piece: unknown): piece is Uint8Array<ArrayBuffer> {
  return piece instanceof Uint8Array && piece.buffer instanceof ArrayBuffer && piece.byteOffset === 0 && piece.buffer.byteLength >= OWN_BYTES && !isMarkedAsUntransferable(piece.buffer);
}

/** What a write that failed did with it is not known. */
function free(piece: Uint8Array<ArrayBuffer>, error: Error | null | undefined): void {
  if ((error === null || error === undefined) && !piece.buffer.detached) piece.buffer.transfer(0);
}
