/**
 * `npm run bench:recipes [-- --quick] [--seed N] [--out DIR] [--page] [--write DIR]`: every recipe on trained models with labelled data, through the product's own command line: size, time and
 * quality with their intervals, and which goals are met. `--write` only writes the suite with its data, to run with `paddock run DIR/suite.yaml`. `--out` keeps
 * the run's results; `--page` writes the table into src/recipe/COMPRESSION.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { caseResultSchema } from '../../src/domain/result.ts';
import { goals, recipeTable } from './recipe-table.ts';
import { writeRecipeSuite, type RecipeSuite } from './recipe-suite.ts';

const PADDOCK = new URL('../../dist/paddock.mjs', import.meta.url).pathname;
const { values: given } = parseArgs({ options: { quick: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' }, out: { type: 'string' }, page: { type: 'boolean', default: false }, write: { type: 'string' } } });
const suite: RecipeSuite = { seed: Number(given.seed), ...(given.quick ? { pictures: 100, digits: 500, launches: 3, seconds: 0.6 } : { pictures: 400, digits: 2000, launches: 5, seconds: 1.2 }) };

const PAGE = new URL('../../src/recipe/COMPRESSION.md', import.meta.url).pathname;
const PLACE = /(<!-- bench:recipes -->\n).*?(<!-- end -->)/s;

function writePage(machine: string, table: string, sentences: readonly string[]): void {
  const page = readFileSync(PAGE, 'utf8');
  if (!PLACE.test(page)) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(PAGE, page.replace(PLACE, (_, start: string, end: string) => `${start}${machine}\n\n${table}\n\n${sentences.map((text) => `- ${text}\n`).join('')}${end}`));
}

function measure(folder: string): void {
  const out = given.out === undefined ? join(folder, 'out') : resolve(given.out);
  // A folder of its own: the recipe exec watches the suite's for files that its program should not write.
  mkdirSync(join(folder, 'store'));
  const store = join(folder, 'store', 'db.sqlite');
  const run = spawnSync(process.execPath, [PADDOCK, 'run', writeRecipeSuite(folder, suite), '--out', out, '--db', store, '--seed', '1'], { stdio: ['ignore', 'ignore', 'inherit'], cwd: new URL('../..', import.meta.url).pathname });
  // 1: some variants are invalid, as they should be.
  if (run.status !== 0 && run.status !== 1) throw new Error(`paddock run ended with ${run.status}`);
  const { results } = z.object({ results: z.array(caseResultSchema) }).parse(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')));
  const table = recipeTable(results);
  const reached = goals(results);
  process.stdout.write(`${table}\n\n${reached.map(({ met, text }) => `${met ? 'met   ' : 'MISSED'} ${text}\n`).join('')}`);
  if (given.page) writePage(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ONNX Runtime ${results[0]?.provenance?.runtimeVersion ?? '?'}, seed ${suite.seed}, ${new Date().toISOString().slice(0, 10)}`, table, reached.map(({ text }) => text));
  process.exitCode = reached.every(({ met }) => met) ? 0 : 1;
}

if (given.write === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-bench-recipes-'));
  try {
    measure(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else process.stdout.write(`${writeRecipeSuite(resolve(given.write), suite)}\n`);
