import { createHash } from 'node:crypto';
import type { BundleFile } from './transport.ts';

/** A bundle's files can't stand on a device as they are named. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/** A content address of the whole bundle: of its paths, contents and the modes that `modeOf` gives. Throws BundleError for a path that leaves the folder or stands twice. */
export function bundleDigest(files: readonly BundleFile[], modeOf: (file: BundleFile) => number): string {
  const hash = createHash('sha256');
  const seen = new Set<string>();
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    checkPath(file.path);
    if (seen.has(file.path)) throw new BundleError(`${JSON.stringify(file.path)} stands twice in the bundle`);
    seen.add(file.path);
    hash.update(`${modeOf(file).toString(8)} ${file.sha256} ${file.path}\0`);
  }
  return hash.digest('hex');
}

function checkPath(path: string): void {
  const bad = path === '' || path.startsWith('/') || path.includes('\0') || path.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (bad) throw new BundleError(`${JSON.stringify(path)} is no path inside a bundle; use a relative one without "..", such as "lib/libonnxruntime.so.1"`);
}
