import * as z from 'zod';
import type { Database, Row } from './database.ts';
import { StoreError } from './store-error.ts';

/** Rows read at a time by long lists: some MB at the size of a result. */
export const PAGE_ROWS = 500;

/** A text column. @throws StoreError `bad-row` */
export function textOf(database: Database, row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw badRow(database, column, `expected text, found ${typeof value}`);
}

/** A number column. @throws StoreError `bad-row` */
export function numberOf(database: Database, row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw badRow(database, column, `expected a number, found ${typeof value}`);
}

/** A JSON column in the shape of the schema. @throws StoreError `bad-row` */
export function jsonOf<T>(database: Database, row: Row, column: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(textOf(database, row, column));
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw badRow(database, column, 'not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw badRow(database, column, z.prettifyError(parsed.error), parsed.error);
}

function badRow(database: Database, column: string, problem: string, cause?: unknown): StoreError {
  return new StoreError('bad-row', database.path,
    `store ${database.path}: a row's "${column}" can't be read: ${problem}. What to do: the store was changed by something else than Paddock; rebuild it or restore a copy.`, cause);
}

/**
 * Iterates rows page by page, so that neither memory nor a read transaction is held while the caller works.
 * @param page gives at most `PAGE_ROWS` rows after the cursor, ascending
 * @param cursorOf the cursor of a row
 */
export function paged<T>(page: (after: number) => readonly Row[], cursorOf: (row: Row) => number, read: (row: Row) => T): Iterable<T> {
  return {
    * [Symbol.iterator]() {
      let after = -1;
      for (;;) {
        const rows = page(after);
        for (const row of rows) {
          after = cursorOf(row);
          yield read(row);
        }
        if (rows.length < PAGE_ROWS) return;
      }
    },
  };
}
