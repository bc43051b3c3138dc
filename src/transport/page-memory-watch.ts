import { workerPids } from './browser-processes.ts';
import { watchMemory } from './memory-watch.ts';

/** The page's worker starts beside its connection; on a busy machine somewhat later. */
const LOOK_MS = 200;
const LOOKS = 100;

/**
 * Watches the process of the page that a Chromium of this machine loads next: the one that has a worker and had none now. Beyond the limit it is killed, and `exceeded` is called. Other pages, and those of
 * launches that are over, are not looked at. Gives what begins the watch when the page is there, which gives what ends it.
 */
export function pageMemoryWatch(browserPid: number, limitBytes: number): (exceeded: () => void) => () => void {
  const before = new Set(workerPids(browserPid));
  return (exceeded) => {
    let looks = 0;
    let watches: readonly (() => void)[] = [];
    const timer = setInterval(() => {
      const pids = workerPids(browserPid).filter((pid) => !before.has(pid));
      looks++;
      if (pids.length === 0 && looks < LOOKS) return;
      clearInterval(timer);
      watches = pids.map((pid) => watchMemory(pid, limitBytes, () => {
        exceeded();
        end(pid);
      }));
    }, LOOK_MS);
    timer.unref();
    return () => {
      clearInterval(timer);
      for (const stop of watches) stop();
    };
  };
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}
