import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { fileSha256 } from '../transport/digest.ts';
import type { BundleFile } from '../transport/transport.ts';

/** The files of a harness app, and the command that starts it where they stand. */
export interface Bundle {
  readonly files: readonly BundleFile[];
  /** `at` gives the path of a file of the bundle, or of its folder for `.`. */
  readonly argv: (at: (path: string) => string) => readonly string[];
}

/** By path, size and time of change: a bundle is asked for before every launch, and its libraries are large. */
const digests = new Map<string, string>();

/** A file that is to stand at `path` inside the bundle. */
export async function bundleFile(path: string, localPath: string, signal: AbortSignal): Promise<BundleFile> {
  const { size, mtimeMs, ino } = await stat(localPath);
  const key = `${localPath}\0${size}\0${mtimeMs}\0${ino}`;
  const sha256 = digests.get(key) ?? await fileSha256(localPath, signal);
  digests.set(key, sha256);
  return { path, localPath, sha256 };
}

/** The same for the same files under the same names, wherever they stand. */
export function bundleSha256(files: readonly BundleFile[]): string {
  const hash = createHash('sha256');
  for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) hash.update(`${file.path}\0${file.sha256}\0`);
  return hash.digest('hex');
}
