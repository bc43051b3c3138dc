import { existsSync } from 'node:fs';
import { openStore } from '../store/open-store.ts';
import { UsageError } from './exit.ts';
import type { Progress } from './progress.ts';

/** Takes devices back that runs had set aside. Throws UsageError for one that was not. */
export function readmitDevices(ids: readonly string[], path: string, progress: Progress): void {
  if (ids.length === 0) return;
  if (!existsSync(path)) throw new UsageError(`no device is set aside: there is no store at ${path}`);
  using store = openStore(path, { mode: 'write' });
  for (const id of ids) {
    const aside = store.devicesSetAside().map((item) => item.device);
    if (!store.readmit(id)) throw new UsageError(`${id} is not set aside; set aside are: ${aside.join(', ') || 'none'}`);
    progress.note(`${id} is taken back`);
  }
}
