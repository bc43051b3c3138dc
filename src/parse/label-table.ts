import { quoted } from './dump.ts';

/** One line of a table: the field a label fills, and how its text is read (null: no such value). The field's name carries the unit. */
export interface LabelField {
  readonly field: string;
  readonly read: (text: string) => unknown;
}
export type LabelTable = Readonly<Record<string, LabelField>>;

/** The record that a table reads. A label that is missing or can not be read leaves its field absent. */
export type FieldsOf<T extends LabelTable> = { readonly [L in keyof T as T[L]['field']]?: Exclude<ReturnType<T[L]['read']>, null> };

export interface LabelReading<T extends LabelTable> {
  readonly fields: FieldsOf<T>;
  /** One warning for each known label whose text is no such value. */
  readonly warnings: readonly string[];
}

/**
 * Fills a record from `label, text` pairs. Unknown labels are skipped. The first occurrence of a label decides, readable or not:
 * vendors append logs that repeat labels. Labels are compared with their case.
 */
export function readLabels<T extends LabelTable>(pairs: Iterable<readonly [label: string, text: string]>, table: T): LabelReading<T> {
  const fields: Record<string, unknown> = {};
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const [label, text] of pairs) {
    if (!Object.hasOwn(table, label) || seen.has(label)) continue;
    seen.add(label);
    const row = table[label];
    if (row === undefined || text === '') continue;
    const value = row.read(text);
    if (value === null) warnings.push(`${label} is ${quoted(text)}, which is no ${row.field}: left out`);
    else if (!Object.hasOwn(fields, row.field)) fields[row.field] = value;
  }
  return { fields: fields as FieldsOf<T>, warnings };
}

/** `label<separator>text` pairs of lines, trimmed; lines without the separator are skipped. */
export function* splitPairs(lines: Iterable<string>, separator: string): Generator<readonly [string, string]> {
  for (const line of lines) {
    const at = line.indexOf(separator);
    if (at > 0) yield [line.slice(0, at).trim(), line.slice(at + separator.length).trim()];
  }
}
