import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;
/** Fetching the packages of an image is done under the lock. */
const WAIT_MS = 900_000;

/** Does something while no other process does so under the same path. A lock whose process is gone is taken over. Throws when the path's folder is not there. */
export async function locked<T>(path: string, what: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += LOOK_MS) {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return null;
      throw error;
    });
    if (file !== null) {
      await file.writeFile(`${process.pid} ${startOf(process.pid) ?? ''}`);
      await file.close();
      break;
    }
    if (waited > WAIT_MS) throw new Error(`${path} is held by another process; if none runs, remove it`);
    const text = await readFile(path, 'utf8').catch(() => '');
    const [pid, start] = text.split(' ');
    // Empty while its holder is just writing it.
    if (text !== '' && startOf(Number(pid)) !== start) await takeAway(path, text);
    await sleep(LOOK_MS);
  }
  try {
    return await what();
  } finally {
    await rm(path, { force: true });
  }
}

/** Removes the lock of a process that is gone; of several that see it one does, and none takes the next holder's. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  const isMoved = await rename(path, aside).then(() => true, () => false);
  if (!isMoved) return;
  if ((await readFile(aside, 'utf8')) !== text) await link(aside, path);
  await rm(aside);
}

/** When a process began (field 22 of /proc/PID/stat, proc(5)), as its number comes round; null when there is none. */
function startOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

export function isThere(pid: number): boolean {
  return startOf(pid) !== null;
}
