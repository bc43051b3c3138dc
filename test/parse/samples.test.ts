import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DUMP_KINDS, readDump } from '../../src/parse/registry.ts';

/** Outputs of real phones and boards, a folder a kind; SOURCES.txt says whose. */
const FOLDER = new URL('../fixtures/dumps', import.meta.url).pathname;
const FILES = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => readdirSync(join(FOLDER, name)).map((file) => ({ kind: name, file })));

test.each(FILES)('$kind/$file parses', ({ kind, file }) => {
  const known = DUMP_KINDS.find((each) => each.kind === kind);
  if (known === undefined) throw new Error(`no parser of the kind ${kind}`);
  const outcome = readDump(known, readFileSync(join(FOLDER, kind, file), 'utf8'));
  expect(outcome).toMatchObject({ ok: true });
});

test('every sample has its source written down', () => {
  const sources = new Set(readFileSync(join(FOLDER, 'SOURCES.txt'), 'utf8').split('\n').map((line) => line.split('\t')[0]));
  expect(FILES.filter(({ kind, file }) => !sources.has(`${kind}/${file}`))).toEqual([]);
});
