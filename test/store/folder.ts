import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder whose name has what careless code trips over; gone when the test ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "paddock store ?#%41'\n"));
  onTestFinished(() => { rmSync(folder, { recursive: true, force: true }); });
  return folder;
}
