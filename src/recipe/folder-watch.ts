import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of a folder (not of those inside it) with their sizes and times of change. */
export async function filesIn(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(folder, entry.name);
    const facts = await stat(path, { bigint: true }).catch(() => null);
    if (facts !== null) found.set(path, `${facts.size} ${facts.mtimeNs} ${facts.ino}`);
  }
  return found;
}

/** Paths that came, went or changed. */
export function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
}
