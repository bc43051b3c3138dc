/**
 * `npm run bench:recipes [-- --quick] [--seed N] [--out DIR] [--write DIR]`: every recipe on trained models with labelled data, through the product's own command line: size, time and
 * quality with their intervals, and which goals are met. `--write` only writes the suite with its data, to run with `paddock run DIR/suite.yaml`. `--out` keeps the run's results.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { caseResultSchema } from '../../src/domain/result.ts';
import { goals, recipeTable } from './recipe-table.ts';
import { writeRecipeSuite, type RecipeSuite } from './recipe-suite.ts';

const PADDOCK = new URL('../../dist/paddock.mjs', import.meta.url).pathname;
const { values: given } = parseArgs({ options: { quick: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' }, out: { type: 'string' }, write: { type: 'string' } } });
const suite: RecipeSuite = { seed: Number(given.seed), ...(given.quick ? { pictures: 100, digits: 500, launches: 3, seconds: 0.6 } : { pictures: 500, digits: 2000, launches: 6, seconds: 1.5 }) };

function measure(folder: string): void {
  const out = given.out === undefined ? join(folder, 'out') : resolve(given.out);
  const run = spawnSync(process.execPath, [PADDOCK, 'run', writeRecipeSuite(folder, suite), '--out', out, '--db', join(folder, 'db.sqlite'), '--seed', '1'], { stdio: ['ignore', 'ignore', 'inherit'], cwd: new URL('../..', import.meta.url).pathname });
  // 1: some variants are invalid, as they should be.
  if (run.status !== 0 && run.status !== 1) throw new Error(`paddock run ended with ${run.status}`);
  const { results } = z.object({ results: z.array(caseResultSchema) }).parse(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')));
  const table = recipeTable(results);
  const reached = goals(results);
  process.stdout.write(`${table}\n\n${reached.map(({ met, text }) => `${met ? 'met   ' : 'MISSED'} ${text}\n`).join('')}`);
  if (given.out !== undefined) writeFileSync(join(out, 'recipes.md'), `${table}\n`);
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
