import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAB_FOLDER, stopLab } from './lab.ts';

const MARK = join(LAB_FOLDER, 'started-by-test-run');

/** To be called before a test starts the lab: notes which run of the tests did, where none stands yet. */
export async function markLab(testRun: string): Promise<void> {
  if (existsSync(join(LAB_FOLDER, 'lab.json'))) return;
  await mkdir(LAB_FOLDER, { recursive: true });
  await writeFile(MARK, testRun);
}

/** Takes the lab down if a test of this run brought it up. */
export async function dropLabOf(testRun: string): Promise<void> {
  if ((await readFile(MARK, 'utf8').catch(() => null)) === testRun) await stopLab();
}
