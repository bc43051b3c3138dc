import { readFileSync } from 'node:fs';

/** A recorded text of a real device, from test/fixtures/lab. */
export function recorded(name: string): string {
  return readFileSync(new URL(`../../fixtures/lab/${name}`, import.meta.url), 'utf8');
}

/** Recorded properties with some of them changed or added. */
export function properties(name: string, changed: Readonly<Record<string, string>>): string {
  const kept = recorded(name).split('\n').filter((line) => line !== '' && !Object.keys(changed).some((key) => line.startsWith(`[${key}]:`)));
  return `${[...kept, ...Object.entries(changed).map(([key, value]) => `[${key}]: [${value}]`)].sort().join('\n')}\n`;
}
