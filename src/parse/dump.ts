/** What a parser gives for a whole dump: what it read, with what it left out and why, or the reason why the text is not such a dump. */
export type DumpOutcome<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Longer lines are in none of these formats; they are left out, so that one line can not hold up a parser. */
export const MAX_LINE_CHARS = 8192;

/** The lines of a dump, whatever the line end. Lines over MAX_LINE_CHARS are empty here. */
export function dumpLines(text: string): readonly string[] {
  return text.split('\n').map((line) => {
    if (line.length > MAX_LINE_CHARS) return '';
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  });
}

/** Text of a dump inside a message: short, and on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
