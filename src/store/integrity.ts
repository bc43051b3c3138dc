import type { Database } from './database.ts';

/** More faults of a broken file say nothing new. */
const MAX_FAULTS = 20;

/** What SQLite's own checks find: pages, indexes and constraints, then rows that refer to none. */
export function findFaults(database: Database): readonly string[] {
  const pages = database.all(`PRAGMA integrity_check(${MAX_FAULTS})`).map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok');
  const references = database.all('PRAGMA foreign_key_check').slice(0, MAX_FAULTS).map((row) => `table ${String(row['table'])}: row ${String(row['rowid'])} refers to a row of ${String(row['parent'])} that is not there`);
  return [...pages, ...references];
}
