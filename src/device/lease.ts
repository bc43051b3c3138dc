import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../store/database.ts';
import { StoreError } from '../store/store-error.ts';
import { untilAborted } from '../transport/until-aborted.ts';
import { takeMachineLease } from './machine-lease.ts';

const POLL_MS = 100;

export interface LeaseOptions {
  /** Who asks, for the messages of others. */
  readonly owner: string;
  /** Ends the wait, which has no end of its own: a neighbour's launch may be a sustained one of hours. */
  readonly signal: AbortSignal;
  /** Called once for each other owner that is waited for. */
  readonly onWait: (owner: string) => void;
  /** Where the locks are: one folder for all that share the device. */
  readonly folder?: string;
}

/** The right to measure on a device; ends with `release` or with the process, however it dies. */
export interface Lease extends AsyncDisposable {
  release(): Promise<void>;
}

/** The folder of this user's locks on this machine. */
export function leaseFolder(): string {
  return join(tmpdir(), `paddock-${process.getuid?.() ?? 'user'}`);
}

/**
 * Waits until nobody else measures on the device. The lock is the system's own on an SQLite file (`BEGIN EXCLUSIVE`), so that it goes with its process,
 * whatever kills it. Those who wait stand at a second lock: the first of them gets the device at its next release, and a neighbour that
 * releases and asks again at once can't keep it from them. Whoever gets `local` then takes this machine's lease, for those who don't share the folder of locks. Those of one owner in this process stand in a line of their own before that, one at the locks.
 * @throws MachineLeaseError; the signal's reason when it is aborted
 */
export async function acquireLease(deviceId: string, options: LeaseOptions): Promise<Lease> {
  const folder = options.folder ?? leaseFolder();
  makeFolder(folder);
  const file = join(folder, encodeURIComponent(deviceId));
  const leave = await standInLine(`${file}\n${options.owner}`, options.signal);
  try {
    const held = await takeLocks(file, options);
    const machine = deviceId === 'local' ? await takeMachineLease(options).catch((error: unknown) => {
      letGo(held, file);
      throw error;
    }) : null;
    let released = false;
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      await machine?.release();
      letGo(held, file);
      leave();
    };
    return { release, [Symbol.asyncDispose]: release };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Of each line, what settles when the last one in it is done. */
const lines = new Map<string, Promise<void>>();

/** Waits for those of the same owner in this process who asked before: that is taking turns, and nothing to tell of. Gives what lets the next one come. */
async function standInLine(line: string, signal: AbortSignal): Promise<() => void> {
  const before = lines.get(line);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const last = before === undefined ? done : before.then(() => done);
  lines.set(line, last);
  const leave = (): void => {
    resolve();
    if (lines.get(line) === last) lines.delete(line);
  };
  try {
    if (before !== undefined) await untilAborted(before, signal);
    signal.throwIfAborted();
    return leave;
  } catch (error) {
    leave();
    throw error;
  }
}

async function takeLocks(file: string, options: LeaseOptions): Promise<Database> {
  const wait = new Wait(`${file}.owner`, options);
  using _turn = await lock(`${file}.turn`, wait);
  const held = await lock(`${file}.lease`, wait);
  // The owner's name is in a file of its own: reading the locked file ourselves would drop the lock (POSIX locks end when any descriptor of the file closes).
  writeFileSync(`${file}.owner`, options.owner);
  return held;
}

function letGo(held: Database, file: string): void {
  rmSync(`${file}.owner`, { force: true });
  held.close();
}

/** One caller's wait, and whom it told of. */
class Wait {
  readonly #ownerFile: string;
  readonly #options: LeaseOptions;
  #told: string | null = null;

  constructor(ownerFile: string, options: LeaseOptions) {
    this.#ownerFile = ownerFile;
    this.#options = options;
  }

  async pause(): Promise<void> {
    const { signal, onWait } = this.#options;
    const owner = this.#owner();
    if (owner !== this.#told) onWait(owner);
    this.#told = owner;
    await sleep(POLL_MS, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  }

  /** Between two owners there is no name for a moment. */
  #owner(): string {
    try {
      return readFileSync(this.#ownerFile, 'utf8');
    } catch {
      return 'another process';
    }
  }
}

async function lock(path: string, wait: Wait): Promise<Database> {
  for (;;) {
    const database = new Database(path, path, { access: 'write', busyTimeoutMs: 0 });
    try {
      database.execute('BEGIN EXCLUSIVE');
      return database;
    } catch (error) {
      database.close();
      if (!(error instanceof StoreError) || error.kind !== 'locked') throw error;
    }
    await wait.pause();
  }
}

/** The folder is in a place where anybody can write: one of another user, or a link, is refused. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const facts = lstatSync(folder);
  const uid = process.getuid?.();
  if (!facts.isDirectory() || (uid !== undefined && facts.uid !== uid)) {
    throw new Error(`${folder} is not a folder of this user's, so that locks can't be kept there. What to do: remove it, or set TMPDIR to a folder of one's own.`);
  }
  if (uid !== undefined && (facts.mode & 0o022) !== 0) chmodSync(folder, 0o700);
}
