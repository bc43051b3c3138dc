import { open } from 'node:fs/promises';
import { StoreError } from './store-error.ts';

/** Brings a store's write-ahead log to the disk, outside of this thread: one wait for all that asked before it began. */
export class LogSync {
  readonly #path: string;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** @param path the store's file */
  constructor(path: string) {
    this.#path = path;
  }

  /** Settles when everything committed before the call survives a power cut. Throws StoreError. */
  sync(): Promise<void> {
    if (this.#running === null) return this.#start();
    // What is under way may have begun before the caller's commit.
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#start());
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = null;
    const running = this.#syncLog().finally(() => { if (this.#running === running) this.#running = null; });
    this.#running = running;
    return running;
  }

  /** The log holds no locks (those are in the -shm file), so that closing a descriptor of it takes none from SQLite. */
  async #syncLog(): Promise<void> {
    try {
      const log = await open(`${this.#path}-wal`, 'r+');
      try {
        await log.datasync();
      } finally {
        await log.close();
      }
    } catch (error) {
      // Without a log everything was moved into the store, and synced there.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw new StoreError('io', this.#path, `store ${this.#path}: its log can't be brought to the disk: ${error instanceof Error ? error.message : String(error)}. What to do: check the disk.`, error);
    }
  }
}
