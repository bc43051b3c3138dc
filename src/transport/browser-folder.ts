import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Chromium puts a socket below its folder for temporary files, 45 characters further down; a socket's path has 107 at most (unix(7)), and a browser that can't make it ends without a word. */
const MAX_FOLDER_CHARACTERS = 107 - 45;

/** A folder for what a browser, its driver or server write, new and empty. */
export function makeBrowserFolder(name: 'paddock-browser' | 'paddock-appium'): Promise<string> {
  const base = tmpdir();
  const isShort = process.platform === 'win32' || join(base, `${name}-XXXXXX`).length <= MAX_FOLDER_CHARACTERS;
  return mkdtemp(join(isShort ? base : '/tmp', `${name}-`));
}
