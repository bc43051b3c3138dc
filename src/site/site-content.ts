import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpContent } from '../transport/http-server.ts';

/** The only paths there are besides the index: no path of a request ever becomes one of the disk. */
const PART = /^\/(data|assets)\/([a-z]+-[0-9a-f]{20}\.(js|css))$/;

/** What a published folder has at a path of a request. */
export async function siteContent(folder: string, path: string): Promise<HttpContent | null> {
  if (path === '/' || path === '/index.html') return content(join(folder, 'index.html'), 'text/html; charset=utf-8', 'never');
  const [, place, name, extension] = PART.exec(path) ?? [];
  if (place === undefined || name === undefined) return null;
  return content(join(folder, place, name), extension === 'css' ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8', 'forever');
}

async function content(file: string, type: string, cache: HttpContent['cache']): Promise<HttpContent | null> {
  try {
    return { type, body: await readFile(file), cache };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
