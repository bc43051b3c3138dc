import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BoardFiles } from './kinds/kind.ts';

/** What programs ask of the processors, and ONNX Runtime can't do without: the board has this machine's. */
const PROCESSORS = '/sys/devices/system/cpu';
const ABOUT_ALL = ['possible', 'present', 'online', 'kernel_max'];
const ABOUT_EACH = ['topology', 'cache'];

/** Copies this machine's description of its processors below a board's folder. */
export async function copyProcessors(folder: string): Promise<void> {
  const to = join(folder, 'sys/devices/system/cpu');
  await copyFiles(PROCESSORS, to, ABOUT_ALL);
  for (const name of await readdir(PROCESSORS)) {
    if (!/^cpu\d+$/.test(name)) continue;
    for (const about of ABOUT_EACH) await copyTree(join(PROCESSORS, name, about), join(to, name, about));
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  await copyFiles(from, to, entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  for (const entry of entries) if (entry.isDirectory() && entry.name.startsWith('index')) await copyTree(join(from, entry.name), join(to, entry.name));
}

async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of names) {
    // Some files of /sys can't be read, by design.
    const text = await readFile(join(from, name)).catch(() => null);
    if (text !== null) await writeFile(join(to, name), text);
  }
}

/** Writes files below a board's folder so that a reader sees the old or the new content. `existing`: one that a test took away stays away. */
export async function writeBoardFiles(folder: string, files: BoardFiles, which: 'all' | 'existing'): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const to = join(folder, path);
    if (which === 'existing' && !(await isThere(to))) continue;
    if (which === 'all') await mkdir(dirname(to), { recursive: true });
    const part = `${to}.part-${process.pid}`;
    await writeFile(part, text);
    await rename(part, to);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
