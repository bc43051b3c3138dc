import { StoreError } from './store-error.ts';
import type { StoreErrorKind } from './store-error.ts';

/** SQLite result codes (https://sqlite.org/rescode.html): extended ones first, then primary ones (the low byte). */
const KIND_BY_CODE: ReadonlyMap<number, StoreErrorKind> = new Map([
  [787, 'not-found'], // SQLITE_CONSTRAINT_FOREIGNKEY
  [1555, 'duplicate'], // SQLITE_CONSTRAINT_PRIMARYKEY
  [2067, 'duplicate'], // SQLITE_CONSTRAINT_UNIQUE
  [4874, 'disk-full'], // SQLITE_IOERR_SHMSIZE: the shared-memory file could not grow
  [3, 'read-only'], // SQLITE_PERM
  [5, 'locked'], // SQLITE_BUSY
  [6, 'locked'], // SQLITE_LOCKED
  [8, 'read-only'], // SQLITE_READONLY
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'disk-full'], // SQLITE_FULL
  [14, 'read-only'], // SQLITE_CANTOPEN
  [26, 'not-a-store'], // SQLITE_NOTADB
]);

const ADVICE: Readonly<Record<StoreErrorKind, string>> = {
  missing: 'check the path',
  'not-a-store': 'name a Paddock store, or a path where none exists yet',
  'newer-schema': 'use the newer Paddock that wrote it',
  'older-schema': 'make it writable once, so that it can be brought up to date',
  'read-only': 'make the file and its folder readable and writable for this user, or choose another path',
  'disk-full': 'free space on its disk and go on with --resume; everything stored before is kept',
  locked: 'another program keeps it locked: close that program, or choose another path',
  corrupt: 'keep the file, and rescue what is in it with: sqlite3 FILE .recover',
  claimed: 'wait until the other process ends',
  duplicate: 'it is already stored',
  'not-found': 'the run, case or attempt that it belongs to is not in the store',
  'bad-row': 'the store was changed by something else than Paddock',
  io: 'check the disk',
};

/** The SQLite result code that an error of node:sqlite carries, null for other errors. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

/** Any error as a StoreError: SQLite's by their result code, StoreErrors as they are; others are faults of the program and come back unchanged. */
export function asStoreError(error: unknown, path: string, what: string): unknown {
  const code = sqliteCode(error);
  if (code === null || !(error instanceof Error)) return error;
  const kind = KIND_BY_CODE.get(code) ?? KIND_BY_CODE.get(code & 0xff) ?? 'io';
  return new StoreError(kind, path, `store ${path}: ${what}: ${error.message} (SQLite code ${code}). What to do: ${ADVICE[kind]}.`, error);
}
