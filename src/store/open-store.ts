import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Database } from './database.ts';
import { migrate, MIGRATIONS, storeVersion } from './schema.ts';
import { SqliteStore } from './sqlite-store.ts';
import { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

/** How long a write waits for another process's: writes take milliseconds, so that longer means a stuck one. */
const BUSY_TIMEOUT_MS = 10_000;

/** Pages kept in memory while writing: those of 30,000 series. */
const WRITE_CACHE_KIB = 128 * 1024;

/** Switching a new file to WAL needs it alone, and SQLite does not wait for that by itself. */
const WAL_TRIES = 100;
const WAL_PAUSE_MS = 20;

export interface OpenStoreOptions {
  /** `write` makes the store (and its folder) when there is none and brings an older one up to date; `read` needs one. */
  readonly mode: 'read' | 'write';
  /** How long a write waits for another process's, ms. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens the store at a path.
 * @param migrations the schema to expect, step by step; another than Paddock's own is for tests of what comes later
 * @throws StoreError
 */
export function openStore(path: string, options: OpenStoreOptions, migrations: readonly string[] = MIGRATIONS): Store {
  const file = resolve(path);
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  if (existsSync(file) && statSync(file).isDirectory()) throw new StoreError('not-a-store', file, `${file} is a folder, not a Paddock store. What to do: name a file.`);
  const open = options.mode === 'write' ? openForWriting : openForReading;
  return new SqliteStore(open(file, busyTimeoutMs, migrations));
}

function openForWriting(file: string, busyTimeoutMs: number, migrations: readonly string[]): Database {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw new StoreError('read-only', file, `the folder ${dirname(file)} can't be made: ${String(error)}. What to do: choose another path for the store.`, error);
  }
  const database = new Database(file, file, { access: 'write', busyTimeoutMs });
  try {
    storeVersion(database, migrations); // before anything is written to a file that may be somebody else's
    useWriteAheadLog(database);
    // An attempt must outlive a power cut once it is reported as stored. WAL with NORMAL only outlives the process; FULL adds one
    // fsync for each commit, milliseconds beside attempts that take seconds.
    database.execute('PRAGMA synchronous = FULL');
    // A night touches a page of every series: in SQLite's own 2 MiB each would be read again (`bench:history`). At most this, and only as much as is used.
    database.execute(`PRAGMA cache_size = -${WRITE_CACHE_KIB}`);
    migrate(database, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openForReading(file: string, busyTimeoutMs: number, migrations: readonly string[]): Database {
  if (!existsSync(file)) throw new StoreError('missing', file, `there is no store at ${file}. What to do: check the path, or run "paddock run" first.`);
  const database = openReadable(file, busyTimeoutMs, migrations);
  const version = storeVersion(database, migrations);
  if (version === migrations.length) return database;
  database.close();
  if (version === 0) throw new StoreError('not-a-store', file, `${file} is empty, not a Paddock store. What to do: check the path.`);
  try {
    openForWriting(file, busyTimeoutMs, migrations).close();
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'read-only') throw error;
    throw new StoreError('older-schema', file,
      `store ${file} has schema ${version}, this Paddock reads schema ${migrations.length}, and the file can't be written to bring it up to date. What to do: make it writable, or copy it to where it is.`, error);
  }
  return openReadable(file, busyTimeoutMs, migrations);
}

/** Reading a WAL store needs its -shm file. Where the folder can't be written and no log is left, nobody can be writing either, and the file is read as it is. */
function openReadable(file: string, busyTimeoutMs: number, migrations: readonly string[]): Database {
  const database = new Database(file, file, { access: 'read', busyTimeoutMs });
  try {
    storeVersion(database, migrations);
    return database;
  } catch (error) {
    database.close();
    const leftOver = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
    if (!(error instanceof StoreError) || error.kind !== 'read-only' || leftOver) throw error;
  }
  const location = pathToFileURL(file);
  location.search = '?immutable=1';
  const immutable = new Database(file, location, { access: 'immutable', busyTimeoutMs });
  try {
    storeVersion(immutable, migrations);
    return immutable;
  } catch (error) {
    immutable.close();
    throw error;
  }
}

function useWriteAheadLog(database: Database): void {
  for (let left = WAL_TRIES; ; left--) {
    try {
      database.execute('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof StoreError) || error.kind !== 'locked') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_PAUSE_MS);
    }
  }
}
