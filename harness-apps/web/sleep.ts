import type { Sleep } from './batch.ts';

/** Blocks the thread, which wakes up to about a millisecond late. */
function blocking(sleeper: Int32Array): Sleep {
  return {
    spinNs: 2e6,
    pause(ms) {
      Atomics.wait(sleeper, 0, 0, ms);
      return Promise.resolve();
    },
  };
}

/** A timer that is set inside another's call waits 4 ms at least (HTML, "timer initialisation steps"), and is late by up to a millisecond or two beyond. */
const TIMER: Sleep = { spinNs: 6e6, pause: (ms) => new Promise((resolve) => { setTimeout(resolve, ms); }) };

/** Only an isolated page may block. */
export function sleepOfThisPage(): Sleep {
  return crossOriginIsolated ? blocking(new Int32Array(new SharedArrayBuffer(4))) : TIMER;
}
