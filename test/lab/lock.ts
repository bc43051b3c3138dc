import { open, readFile, rm } from 'node:fs/promises';
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
      await file.writeFile(String(process.pid));
      await file.close();
      break;
    }
    if (waited > WAIT_MS) throw new Error(`${path} is held by another process; if none runs, remove it`);
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
    await sleep(LOOK_MS);
  }
  try {
    return await what();
  } finally {
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
