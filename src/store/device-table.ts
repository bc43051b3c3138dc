import type { Database } from './database.ts';
import { textOf } from './rows.ts';
import type { SetAside } from './store.ts';

/** Call inside a write transaction. */
export function upsertSetAside(database: Database, { device, reason, since, until }: SetAside): void {
  database.run('INSERT OR REPLACE INTO set_aside (device, reason, since, until) VALUES (?, ?, ?, ?)', device, reason, since, until ?? null);
}

/** Those whose time has not run out at `now` (ISO 8601). */
export function selectSetAside(database: Database, now: string): SetAside[] {
  return database.all('SELECT device, reason, since, until FROM set_aside WHERE until IS NULL OR until > ? ORDER BY device', now).map((row) => ({
    device: textOf(database, row, 'device'), reason: textOf(database, row, 'reason'), since: textOf(database, row, 'since'),
    ...(row['until'] === null ? {} : { until: textOf(database, row, 'until') }),
  }));
}

/** Whether there was one. Call inside a write transaction. */
export function deleteSetAside(database: Database, deviceId: string): boolean {
  return database.run('DELETE FROM set_aside WHERE device = ?', deviceId).changes > 0;
}

export function selectHome(database: Database, lot: string): string | null {
  const row = database.get('SELECT device FROM home WHERE lot = ?', lot);
  return row === null ? null : textOf(database, row, 'device');
}

/** Call inside a write transaction. */
export function upsertHome(database: Database, lot: string, deviceId: string): void {
  database.run('INSERT OR REPLACE INTO home (lot, device) VALUES (?, ?)', lot, deviceId);
}
