import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file's text, or why there is none. */
export type Reading = { readonly text: string } | { readonly absent: string };

/**
 * The tree that holds `proc` and `sys`: `/`, or another folder for a container's host and for tests. Reads are synchronous: the files are made by
 * the kernel in memory, and a synchronous read takes some 10 µs of CPU, a fifth of an asynchronous one (measured by test/device/bench.ts).
 */
export class SystemRoot {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Where a path of the tree really is. */
  locate(path: string): string {
    return join(this.path, path);
  }

  read(path: string): Reading {
    try {
      return { text: readFileSync(this.locate(path), 'utf8') };
    } catch (error) {
      return { absent: `${this.locate(path)} ${whyUnreadable(error)}` };
    }
  }

  /** The file's text without white space around it, null when it can't be read or is empty. */
  text(path: string): string | null {
    const reading = this.read(path);
    const text = 'text' in reading ? reading.text.trim() : '';
    return text === '' ? null : text;
  }

  /** Names in a folder, sorted with numbers by value; none when it can't be read. */
  list(path: string): readonly string[] {
    try {
      return readdirSync(this.locate(path)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    } catch (error) {
      if (errorCode(error) === null) throw error;
      return [];
    }
  }
}

/** The system error's code (`ENOENT`), null for other errors. */
function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** A driver without a value answers a read with an error (EIO, ENODATA, EAGAIN …), so that each is a fact about the sensor, not a fault of Paddock's. */
function whyUnreadable(error: unknown): string {
  const code = errorCode(error);
  if (code === null) throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `can't be read (${code})`;
}
