import { CsvError, csvRecords, type CsvRecord } from './csv-records.ts';

/** One series of a table. `line` is where it starts. */
export interface TableSeries {
  readonly name: string;
  readonly line: number;
  /** One value a night; null where there is none. */
  readonly values: readonly (number | null)[];
}

export interface SeriesTable {
  readonly series: readonly TableSeries[];
  /** The number by which position 0 goes in the file: the smallest index of the long form, else 0. */
  readonly firstIndex: number;
  /** The date (YYYY-MM-DD) of position 0 in the long form with dates, else null. */
  readonly firstDate: string | null;
}

/** More series, or more nights of one series, than this are refused: a table of a farm has 8,000 × 365. */
const MAX_SERIES = 200_000;
const MAX_NIGHTS = 20_000;
const MAX_VALUES = 50_000_000;
const DAY_MS = 86_400_000;
const MISSING = new Set(['', 'na', 'nan', 'null']);
const NAME_HEADERS = new Set(['', 'name', 'series', 'id', 'case', 'key']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number, null where the cell says that there is none, undefined for anything else. */
function cellValue(cell: string): number | null | undefined {
  const text = cell.trim();
  if (MISSING.has(text.toLowerCase())) return null;
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Words and no number: a first row with both is a series with a fault, not a header. */
function isHeader(cells: readonly string[]): boolean {
  const values = cells.map(cellValue);
  return values.includes(undefined) && !values.some((value) => typeof value === 'number');
}

function valueAt(record: CsvRecord, column: number): number | null {
  const cell = record.fields[column] ?? '';
  const value = cellValue(cell);
  if (value === undefined) throw new CsvError(record.line, `column ${column + 1} holds ${JSON.stringify(cell.slice(0, 40))}, which is neither a number nor empty (NA, NaN and null count as empty)`);
  return value;
}

function nameOf(record: CsvRecord): string {
  const name = (record.fields[0] ?? '').trim();
  if (name === '') throw new CsvError(record.line, 'the first column, the name of the series, is empty');
  return name;
}

function bounded<K, V>(map: ReadonlyMap<K, V>, line: number): void {
  if (map.size > MAX_SERIES) throw new CsvError(line, `the table has more than ${MAX_SERIES} series; split it`);
}

/** One row a series: name, then values from column `valuesFrom` (counted from 1) on. */
function wide(records: Iterable<CsvRecord>, valuesFrom: number): SeriesTable {
  const series = new Map<string, TableSeries>();
  let width: number | null = null;
  let first = true;
  let total = 0;
  for (const record of records) {
    const cells = record.fields.slice(valuesFrom - 1);
    if (first) {
      first = false;
      if (NAME_HEADERS.has((record.fields[0] ?? '').trim().toLowerCase()) || isHeader(cells)) {
        width = record.fields.length;
        continue;
      }
    }
    const name = nameOf(record);
    const earlier = series.get(name);
    if (earlier !== undefined) throw new CsvError(record.line, `the series ${JSON.stringify(name)} is there already, on line ${earlier.line}; for one point a line, use the header name,index,value or name,date,value`);
    if (width !== null && record.fields.length > width) throw new CsvError(record.line, `this row has ${record.fields.length} columns, the header ${width}`);
    if (cells.length > MAX_NIGHTS) throw new CsvError(record.line, `this series has ${cells.length} nights, more than ${MAX_NIGHTS}`);
    total += cells.length;
    if (total > MAX_VALUES) throw new CsvError(record.line, `the table has more than ${MAX_VALUES} values; split it`);
    series.set(name, { name, line: record.line, values: cells.map((_, i) => valueAt(record, valuesFrom - 1 + i)) });
    bounded(series, record.line);
  }
  return { series: [...series.values()], firstIndex: 0, firstDate: null };
}

/** Nights since 1970-01-01, or the index as it stands. */
function nightOf(record: CsvRecord, by: 'index' | 'date'): number {
  const text = (record.fields[1] ?? '').trim();
  if (by === 'index') {
    if (!/^\d{1,9}$/.test(text)) throw new CsvError(record.line, `the index ${JSON.stringify(text.slice(0, 40))} is not a whole number from 0`);
    return Number(text);
  }
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text)) throw new CsvError(record.line, `the date ${JSON.stringify(text.slice(0, 40))} is not one of the form YYYY-MM-DD`);
  return at / DAY_MS;
}

/** One point a line: name, index or date, value, in any order. Nights that a series does not name are absent. */
function long(records: Iterable<CsvRecord>, by: 'index' | 'date'): SeriesTable {
  const points = new Map<string, { readonly line: number; readonly nights: Map<number, number | null> }>();
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const record of records) {
    if (record.fields.length !== 3) throw new CsvError(record.line, `this row has ${record.fields.length} columns; the header has 3`);
    const name = nameOf(record);
    const night = nightOf(record, by);
    const one = points.get(name) ?? { line: record.line, nights: new Map<number, number | null>() };
    if (one.nights.has(night)) throw new CsvError(record.line, `the series ${JSON.stringify(name)} has a value for ${(record.fields[1] ?? '').trim()} already; one value a night`);
    one.nights.set(night, valueAt(record, 2));
    points.set(name, one);
    bounded(points, record.line);
    first = Math.min(first, night);
    last = Math.max(last, night);
    if (last - first >= MAX_NIGHTS) throw new CsvError(record.line, `the points span more than ${MAX_NIGHTS} nights`);
    if (points.size * (last - first + 1) > MAX_VALUES) throw new CsvError(record.line, `the table has more than ${MAX_VALUES} nights in all; split it`);
  }
  const length = points.size === 0 ? 0 : last - first + 1;
  return {
    series: [...points].map(([name, { line, nights }]) => ({ name, line, values: Array.from({ length }, (_, i) => nights.get(first + i) ?? null) })),
    firstIndex: by === 'index' && length > 0 ? first : 0,
    firstDate: by === 'date' && length > 0 ? nightDate(first) : null,
  };
}

function nightDate(night: number): string {
  return new Date(night * DAY_MS).toISOString().slice(0, 10);
}

/** The date so many nights after another, YYYY-MM-DD. */
export function dateAfter(first: string, nights: number): string {
  return nightDate(Date.parse(`${first}T00:00:00Z`) / DAY_MS + nights);
}

function* chain(head: readonly CsvRecord[], rest: Generator<CsvRecord>): Generator<CsvRecord> {
  yield* head;
  yield* rest;
}

/**
 * Reads a table of series: one row a series (name, then values; a header is known by its words), or one point a line under the header `name,index,value` or
 * `name,date,value`. Empty cells, NA, NaN and null are absent values. @throws CsvError with the line.
 * @param valuesFrom in a table of one row a series, the first column with values, counted from 1
 */
export function parseSeriesTable(text: string, valuesFrom = 2): SeriesTable {
  const records = csvRecords(text);
  const head = records.next();
  if (head.done === true) throw new CsvError(1, 'the table is empty');
  const [name, by, value, ...more] = head.value.fields.map((field) => field.trim().toLowerCase());
  const isLong = more.length === 0 && value === 'value' && (by === 'index' || by === 'date') && name !== undefined && NAME_HEADERS.has(name);
  const table = isLong ? long(records, by) : wide(chain([head.value], records), valuesFrom);
  if (table.series.length === 0) throw new CsvError(head.value.line, 'the table has a header and no series');
  return table;
}
