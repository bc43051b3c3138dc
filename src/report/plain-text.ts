/**
 * C0 and C1 controls, soft hyphen, zero-width and bidirectional controls, line and paragraph separators, byte-order mark, non-characters:
 * text from files and devices could use them to hide or to reorder what a reader sees.
 */
// oxlint-disable-next-line no-control-regex -- finding control characters is the purpose
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/g;

/** The text with every unseen or ill-formed character replaced by U+FFFD; tab, line feed and carriage return stay. */
export function plainText(text: string): string {
  return text.toWellFormed().replace(UNSEEN, '\ufffd');
}

/** `plainText` on one line: every run of white space is one space. */
export function oneLine(text: string): string {
  return plainText(text).replace(/\s*[\t\r\n]\s*/g, ' ');
}

/** The text cut to at most `length` characters, an ellipsis in the place of the rest. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`.toWellFormed();
}
