import type * as z from 'zod';
import { itemSchema, MAX_ITEMS, type Item } from '../domain/dataset.ts';
import { csvRecords, CsvError } from '../parse/csv-records.ts';
import { QualityError } from './quality-error.ts';

/** More faults at once help nobody. */
const MAX_FAULTS = 20;
const CSV_COLUMNS = ['id', 'file', 'sha256', 'index', 'label'] as const;

type CsvColumn = (typeof CSV_COLUMNS)[number];

function isColumn(name: string): name is CsvColumn {
  return CSV_COLUMNS.some((column) => column === name);
}

class Faults {
  readonly #name: string;
  readonly #lines: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  add(line: number, key: string, message: string): void {
    if (this.#lines.length < MAX_FAULTS) this.#lines.push(`  ${this.#name}:${line}${key === '' ? '' : `: ${key}`}: ${message}`);
  }

  addIssues(line: number, issues: readonly z.core.$ZodIssue[]): void {
    for (const issue of issues) this.add(line, issue.path.join('.'), issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.map((key) => `\`${key}\``).join(', ')}; an item has: ${Object.keys(itemSchema.shape).join(', ')}` : issue.message.replace(/^Invalid input: /, ''));
  }

  throwAny(): void {
    if (this.#lines.length > 0) throw new QualityError('data', `the items of the data set can not be used:\n${this.#lines.join('\n')}`);
  }
}

function* jsonLines(text: string, faults: Faults): Generator<{ readonly line: number; readonly value: unknown }> {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      yield { line: index + 1, value: JSON.parse(line) };
    } catch (error) {
      faults.add(index + 1, '', `it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function* csvItems(text: string, faults: Faults): Generator<{ readonly line: number; readonly value: unknown }> {
  let header: readonly string[] | null = null;
  try {
    for (const { line, fields } of csvRecords(text)) {
      if (header === null) {
        header = fields.map((field) => field.trim());
        const unknown = header.find((name) => !isColumn(name));
        if (unknown !== undefined || !header.includes('label')) {
          faults.add(line, '', unknown === undefined ? 'the column `label` is missing' : `unknown column \`${unknown}\`; there may be: ${CSV_COLUMNS.join(', ')}`);
          return;
        }
        continue;
      }
      if (fields.length !== header.length) {
        faults.add(line, '', `it has ${fields.length} fields, the header ${header.length}`);
        continue;
      }
      const item: Record<string, unknown> = {};
      for (const [column, name] of header.entries()) {
        const field = fields[column] ?? '';
        if (field !== '' || name === 'label') item[name] = name === 'index' ? Number(field) : field;
      }
      yield { line, value: item };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    faults.add(error.line, '', error.message);
  }
}

/** The items of a .jsonl or .csv text, checked; a CSV's labels are texts. Throws QualityError with every fault's file, line and key. */
export function readItemList(name: string, text: string): Item[] {
  const faults = new Faults(name);
  const items: Item[] = [];
  for (const { line, value } of /\.csv$/i.test(name) ? csvItems(text, faults) : jsonLines(text, faults)) {
    if (items.length >= MAX_ITEMS) throw new QualityError('data', `${name} has more than ${MAX_ITEMS} items; split the data set`);
    const read = itemSchema.safeParse(value);
    if (read.success) items.push(read.data);
    else faults.addIssues(line, read.error.issues);
  }
  faults.throwAny();
  return items;
}
