import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** True while a process runs; a zombie that nobody waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Whether the process is gone within the time. */
export async function goneWithin(pid: number, limitMs: number): Promise<boolean> {
  const end = performance.now() + limitMs;
  while (isAlive(pid)) {
    if (performance.now() > end) return false;
    await sleep(20);
  }
  return true;
}

/** A process that a test is to end. Throws where there is none: to 0 and -1 a signal goes to a whole group, or to everything. */
export function pidOf(pid: number | null | undefined): number {
  if (pid === null || pid === undefined || !(pid > 1)) throw new Error(`no process to end: ${String(pid)}`);
  return pid;
}
