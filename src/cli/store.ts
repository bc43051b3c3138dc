import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { openStore } from '../store/open-store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath } from './run-ref.ts';
import { printable } from './terminal.ts';

export interface StoreOptions {
  readonly db?: string;
}

/** `paddock store check`: whether the store's file is whole. */
export async function checkStore({ db }: StoreOptions): Promise<ExitCode> {
  using store = openStore(storePath(db), { mode: 'read' });
  const faults = store.faults();
  for (const fault of faults) process.stdout.write(`${printable(fault)}\n`);
  process.stdout.write(faults.length === 0 ? `${printable(store.path)}: whole, ${store.listRuns().length} runs\n` : `${printable(store.path)}: damaged. What to do: restore a backup, or rescue what is in it with: sqlite3 FILE .recover\n`);
  return faults.length === 0 ? EXIT.ok : EXIT.notAllValid;
}

/** `paddock store backup`: a checked copy under its name only when it is whole, also while a run is writing. */
export async function backupStore(to: string, { db }: StoreOptions): Promise<ExitCode> {
  const path = resolve(to);
  const from = storePath(db);
  if (path === from) throw new UsageError('a store can not be backed up onto itself; name another file');
  // What is there already must be a store: a slip of the pen must not cost another file.
  if (existsSync(path)) openStore(path, { mode: 'read' }).close();
  const partial = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    {
      using store = openStore(from, { mode: 'read' });
      await store.backup(partial);
    }
    {
      using copy = openStore(partial, { mode: 'read' });
      const [fault] = copy.faults();
      if (fault !== undefined) throw new UsageError(`the copy is damaged (${fault}), and so is the store: \`paddock store check\` tells more`);
    }
    await rename(partial, path);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${partial}${suffix}`, { force: true });
  }
  process.stdout.write(`${printable(path)}: a whole copy of ${printable(from)}; model files and harness apps kept for A/Bs are not in it\n`);
  return EXIT.ok;
}
