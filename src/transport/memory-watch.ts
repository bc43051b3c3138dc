import { closeSync, openSync, readSync } from 'node:fs';

/** Ten looks a second: a process that fills a gigabyte a second overshoots its limit by 100 MB. A look is one read of some 20 µs. */
const PERIOD_MS = 100;
/** /proc/PID/status is about 1.5 kB. */
const STATUS_BYTES = 4096;

/**
 * Watches the memory (VmRSS + VmSwap of /proc/PID/status) of one process, not of its children; calls `exceeded` once when it is beyond the limit.
 * Gives a function that ends the watch. Without /proc (macOS, Windows) there is no watch.
 */
export function watchMemory(pid: number, limitBytes: number, exceeded: () => void): () => void {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/status`, 'r');
  } catch {
    // No /proc here, or the process is gone already.
    return () => {};
  }
  const buffer = Buffer.alloc(STATUS_BYTES);
  const timer = setInterval(() => {
    const bytes = residentBytes(file, buffer);
    if (bytes === null || bytes > limitBytes) stop();
    if (bytes !== null && bytes > limitBytes) exceeded();
  }, PERIOD_MS);
  timer.unref();
  let open = true;
  const stop = (): void => {
    if (!open) return;
    open = false;
    clearInterval(timer);
    closeSync(file);
  };
  return stop;
}

/** Null when the process is gone. */
function residentBytes(file: number, buffer: Buffer): number | null {
  try {
    const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
    return kibibytes(text, 'VmRSS:') * 1024 + kibibytes(text, 'VmSwap:') * 1024;
  } catch {
    return null;
  }
}

function kibibytes(status: string, label: string): number {
  const at = status.indexOf(label);
  return at < 0 ? 0 : Number.parseInt(status.slice(at + label.length), 10);
}
