import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../store/database.ts';
import { StoreError } from '../store/store-error.ts';
import { SiteError } from './site-error.ts';
import { emptyState, siteStateSchema, STATE_FILE, type SiteState } from './site-state.ts';

/** Another publication of the same folder takes seconds; longer than this is a stuck one. */
const LOCK_WAIT_MS = 60_000;
const LOCK_FILE = '.paddock-site.lock';
/** What this room writes, and so may remove. */
const OWN_FILE = /^[a-z]+-[0-9a-f]{20}\.(js|css)$/;
/** What this room writes before it has its name; a killed publication leaves them. */
const HALF_FILE = /^\.half-\d+-\d+$/;
const FOLDERS = ['data', 'assets'] as const;
/** `index.html`, and what the next publication starts from. */
const ROOT_FILES = 2;

/**
 * A folder of a published site. Everything but `index.html` is named by its content's hash and never changes; the index, swapped in at the end by
 * renaming, names the rest. So whatever kills a publication, at any moment, the folder holds a whole site, the old or the new.
 */
export class SiteFolder implements Disposable {
  readonly path: string;
  readonly #lock: Database;
  readonly #present: Set<string>;
  readonly #used = new Set<string>();
  readonly #written = new Set<string>();
  #halves = 0;
  bytesWritten = 0;

  /** Takes the folder for this process. Throws SiteError where it holds something else, or another process publishes into it. */
  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      throw new SiteError(`the folder ${path} can't be made: ${String(error)}. What to do: choose another with --out.`, { cause: error });
    }
    const strangers = readdirSync(path).filter((name) => !name.startsWith(LOCK_FILE) && !HALF_FILE.test(name));
    if (strangers.length > 0 && !existsSync(join(path, STATE_FILE))) {
      throw new SiteError(`${path} holds other files (${strangers.slice(0, 3).join(', ')}${strangers.length > 3 ? ' …' : ''}) and no site of Paddock's. What to do: name a folder that is empty or not there yet.`);
    }
    this.#lock = lockFile(join(path, LOCK_FILE), path);
    if (strangers.length === 0) this.writeState(emptyState());
    for (const folder of FOLDERS) mkdirSync(join(path, folder), { recursive: true });
    this.#present = new Set(FOLDERS.flatMap((folder) => readdirSync(join(path, folder)).map((name) => `${folder}/${name}`)));
  }

  /** What the last publication left; empty where that can't be read, so that all is made anew. */
  readState(): SiteState {
    try {
      const state = siteStateSchema.safeParse(JSON.parse(readFileSync(join(this.path, STATE_FILE), 'utf8')));
      return state.success ? state.data : emptyState();
    } catch (error) {
      if (error instanceof SyntaxError) return emptyState();
      throw error;
    }
  }

  writeState(state: SiteState): void {
    this.#swapIn(STATE_FILE, JSON.stringify(state));
  }

  /** Writes a file named by its content, unless it is there; gives its path inside the folder. */
  add(folder: (typeof FOLDERS)[number], kind: string, extension: 'js' | 'css', content: string | Uint8Array): string {
    const file = `${folder}/${kind}-${createHash('sha256').update(content).digest('hex').slice(0, 20)}.${extension}`;
    this.#used.add(file);
    if (this.#present.has(file)) return file;
    this.#swapIn(file, content);
    this.#present.add(file);
    return file;
  }

  /** Keeps a file of the last publication; false when it is gone. */
  keep(file: string): boolean {
    if (!this.#present.has(file)) return false;
    this.#used.add(file);
    return true;
  }

  /** Makes what was added the site, removes what neither it nor the site before needs (a page that is still open may), and remembers the rest. */
  publish(index: string, state: Omit<SiteState, 'files'>): void {
    const before = new Set(this.readState().files);
    this.#swapIn('index.html', index);
    const files = [...this.#used].sort();
    this.writeState({ ...state, files });
    for (const folder of ['.', ...FOLDERS]) {
      for (const name of readdirSync(join(this.path, folder))) {
        const file = `${folder}/${name}`;
        if (HALF_FILE.test(name) || (folder !== '.' && OWN_FILE.test(name) && !this.#used.has(file) && !before.has(file))) rmSync(join(this.path, file), { force: true });
      }
    }
  }

  /** Files of the site that were written now. */
  get written(): number {
    return this.#written.size;
  }

  /** All that the site published last has, its index and its state among them. */
  get files(): number {
    return this.readState().files.length + ROOT_FILES;
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }

  #swapIn(file: string, content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const isRoot = !file.includes('/');
    if (isRoot && isSame(join(this.path, file), bytes)) return;
    const half = join(this.path, isRoot ? '.' : file.slice(0, file.indexOf('/')), `.half-${process.pid}-${this.#halves++}`);
    try {
      if (isRoot) writeThrough(half, bytes);
      else writeFileSync(half, bytes);
      renameSync(half, join(this.path, file));
    } catch (error) {
      rmSync(half, { force: true });
      throw new SiteError(`${join(this.path, file)} can't be written: ${String(error)}. What to do: make room or give the right to write there; the site before is untouched.`, { cause: error });
    }
    this.#written.add(file);
    this.bytesWritten += bytes.length;
  }
}

function isSame(path: string, bytes: Uint8Array): boolean {
  return existsSync(path) && readFileSync(path).equals(bytes);
}

/** The index is on the disk before it takes its name. */
function writeThrough(path: string, bytes: Uint8Array): void {
  const handle = openSync(path, 'w');
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The system's own lock on an SQLite file: it goes with its process, whatever kills it. */
function lockFile(path: string, folder: string): Database {
  const database = new Database(path, path, { access: 'write', busyTimeoutMs: LOCK_WAIT_MS });
  try {
    database.execute('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof StoreError && error.kind === 'locked') throw new SiteError(`another process has been publishing into ${folder} for more than ${LOCK_WAIT_MS / 1000} s. What to do: wait until it ends, or stop it.`, { cause: error });
    throw error;
  }
}
