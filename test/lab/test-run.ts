import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAB_FOLDER, stopLab } from './lab.ts';
import { isThere } from './lock.ts';

const MARK = join(LAB_FOLDER, 'started-by-tests');
/** A file for each run of the tests that uses the lab, named `PID-…` by its main process. */
const USERS = join(LAB_FOLDER, 'users');

/** To be called before a test starts the lab: notes that this run of the tests uses it, and that tests brought it up, where none stands yet. */
export async function markLab(testRun: string): Promise<void> {
  await mkdir(USERS, { recursive: true });
  if (!existsSync(join(LAB_FOLDER, 'lab.json'))) await writeFile(MARK, '');
  await writeFile(join(USERS, testRun), '');
}

/** Takes the lab down if tests brought it up and no other run of the tests uses it. */
export async function dropLabOf(testRun: string): Promise<void> {
  await rm(join(USERS, testRun), { force: true });
  const others = await readdir(USERS).catch(() => []);
  if (existsSync(MARK) && !others.some((name) => isThere(Number.parseInt(name, 10)))) await stopLab();
}
