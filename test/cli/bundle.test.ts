import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DIST = new URL('../../dist', import.meta.url).pathname;

test('what is bundled leaves `using` to Node: esbuild\'s own form throws the error of a loop\'s earlier turn again', () => {
  const programs = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs') && !name.startsWith('web'));
  expect(programs).toContain('paddock.mjs');
  const texts = programs.map((name) => readFileSync(join(DIST, name), 'utf8'));
  expect(texts.some((text) => text.includes('await using '))).toBe(true);
  expect(texts.filter((text) => text.includes('__callDispose'))).toEqual([]);
});
