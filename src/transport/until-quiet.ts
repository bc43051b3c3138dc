import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** So long without a byte is silence. */
const SILENCE_MS = 1000;
/** The most looks that are made: counted, as a process that stood still has not waited. */
const LOOKS = 8;

/**
 * Waits for a program's output after the program is gone: until it has `ended`, or nothing of it has come for a second, since something that the program started may hold it open;
 * eight seconds at most. `bytes`: how many have come so far.
 */
export async function untilQuiet(ended: Promise<unknown>, bytes: () => number): Promise<void> {
  const over = ended.then(() => true, () => true);
  let before = bytes();
  for (let look = 0; look < LOOKS; look++) {
    if (await Promise.race([over, sleep(SILENCE_MS, false, { ref: false })])) return;
    // Where this process stood still, the time is over before what came meanwhile is read.
    await turn();
    const now = bytes();
    if (now === before) return;
    before = now;
  }
}
