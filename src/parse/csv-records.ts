/** The text is not the table that was expected. `line` counts from 1. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** One record, with the line it starts on. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Records of a CSV text by RFC 4180: fields between commas, quoted where they hold commas, quotes (doubled) or line ends; lines end in CRLF or LF. A byte-order
 * mark and empty lines are skipped. @throws CsvError on a quote out of place or never closed.
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  let line = 1;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const start = line;
    const fields: string[] = [];
    for (let more = true; more;) {
      let field = '';
      if (text[at] === '"') {
        for (let from = at + 1; ;) {
          const close = text.indexOf('"', from);
          if (close < 0) throw new CsvError(line, 'a quote opens here and is never closed');
          const part = text.slice(from, close);
          for (let feed = part.indexOf('\n'); feed >= 0; feed = part.indexOf('\n', feed + 1)) line++;
          field += part;
          at = close + 1;
          if (text[at] !== '"') break;
          field += '"';
          from = at + 1;
        }
      } else {
        let end = at;
        while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
        field = text.slice(at, end);
        if (field.endsWith('\r') && (end === text.length || text[end] === '\n')) {
          field = field.slice(0, -1);
          end--;
        }
        if (field.includes('"')) throw new CsvError(line, `the field ${JSON.stringify(field.slice(0, 40))} has a quote inside; quote the whole field and double the quotes in it`);
        at = end;
      }
      fields.push(field);
      if (text[at] === '\r' && (text[at + 1] === '\n' || at + 1 === text.length)) at++;
      more = text[at] === ',';
      if (!more && at < text.length && text[at] !== '\n') throw new CsvError(line, `after a closing quote a comma or the end of the line was expected, not ${JSON.stringify(text[at])}`);
      at++;
    }
    line++;
    if (fields.length > 1 || fields[0] !== '') yield { line: start, fields };
  }
}
