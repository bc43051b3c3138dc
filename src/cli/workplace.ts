import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workplace } from '../farm/workplace.ts';

/** Paddock's own package folder: the nearest one above this file with Paddock's package.json, whether this runs bundled or from source. */
function findInstallFolder(): { folder: string; version: string } {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      const manifest = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
      if (manifest.name === 'paddock') return { folder, version: manifest.version ?? 'unknown' };
    }
    if (dirname(folder) === folder) throw new Error('Paddock can not find its own package.json; install it again');
  }
}

/** Where Paddock stands on this host: its package, and a cache under XDG_CACHE_HOME or ~/.cache. */
export function thisWorkplace(): Workplace {
  const { folder, version } = findInstallFolder();
  const cache = process.env['XDG_CACHE_HOME'];
  return { installFolder: folder, version, cacheFolder: join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'paddock') };
}
