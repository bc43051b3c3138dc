import { basename } from 'node:path';

/** A word of a POSIX shell's command line, quoted where it must be. */
export function shellWord(word: string): string {
  return /^[\w./@:=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\\''`)}'`;
}

/** How this command was called, so that a command line in advice works when it is pasted. */
export function calledAs(): string {
  const script = process.argv[1] ?? 'paddock';
  if (basename(script) !== 'paddock') return `${shellWord(process.execPath)} ${shellWord(script)}`;
  // npm sets it for what `npx` runs; the link that npx makes is gone from PATH afterwards.
  return process.env['npm_command'] === 'exec' ? 'npx paddock' : 'paddock';
}
