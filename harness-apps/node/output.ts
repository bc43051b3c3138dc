import { writeSync } from 'node:fs';
import type { HarnessEvent } from '../../src/harness/protocol.ts';

const STDOUT = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes one event as one line, synchronously, so that nothing is lost when the process exits right after. It starts with a newline too: native code that
 * printed half a line to stdout before must not spoil the event; an empty line means nothing to the reader.
 */
export function writeEvent(event: HarnessEvent): void {
  const bytes = Buffer.from(`\n${JSON.stringify(event)}\n`);
  let from = 0;
  while (from < bytes.length) {
    try {
      from += writeSync(STDOUT, bytes, from);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      // A reader that is gone will not miss us.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}
