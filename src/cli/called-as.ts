import { basename } from 'node:path';
import { shellWord } from '../domain/shell-word.ts';

/** How this command was called, so that a command line in advice works when it is pasted. */
export function calledAs(): string {
  const script = process.argv[1] ?? 'paddock';
  if (basename(script) !== 'paddock') return `${shellWord(process.execPath)} ${shellWord(script)}`;
  // npm sets it for what `npx` runs; the link that npx makes is gone from PATH afterwards.
  return process.env['npm_command'] === 'exec' ? 'npx paddock' : 'paddock';
}
