import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { suiteSchema, type Suite } from '../domain/suite.ts';
import { parseYaml } from '../parse/yaml-document.ts';
import { checkQualitySteps } from '../quality/suite-steps.ts';
import { suiteWithRecipesSchema } from '../recipe/suite-recipes.ts';
import { DEFAULT_SUITE } from './default-suite.ts';
import { UsageError } from './exit.ts';

/** A suite with recipes and quality steps checked where they stand. */
const checkedSuiteSchema = suiteWithRecipesSchema.superRefine(checkQualitySteps);

/** JSON Schema of suite files, for editors. */
export function suiteJsonSchema(): unknown {
  return { title: 'Paddock suite', ...z.toJSONSchema(suiteSchema, { io: 'input', unrepresentable: 'any' }) };
}

export interface LoadedSuite {
  readonly suite: Suite;
  /** Null for the built-in suite. */
  readonly path: string | null;
  readonly folder: string;
}

/** More is not read: what is larger is no suite, and a device has no end. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Reads and checks a suite file, or the built-in suite. Throws UsageError with every fault's line and column. */
export async function loadSuite(path: string | undefined): Promise<LoadedSuite> {
  const text = path === undefined ? DEFAULT_SUITE : await readSuite(path);
  const outcome = parseYaml(text, checkedSuiteSchema, suiteJsonSchema());
  const name = path ?? 'the built-in suite';
  if (!outcome.ok) {
    const lines = outcome.problems.map((problem) => `  ${name}:${problem.line}:${problem.column}${problem.key === '' ? '' : `  ${problem.key}`}: ${problem.message}`);
    throw new UsageError(`the suite can not be used:\n${lines.join('\n')}\nmend the file; \`paddock schema\` prints what it may hold, \`paddock schema --example\` a suite to start from`);
  }
  return { suite: outcome.value, path: path ?? null, folder: path === undefined ? process.cwd() : dirname(resolve(path)) };
}

async function readSuite(path: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new UsageError(`${path} is a folder; name a suite file (YAML)`);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new UsageError(`${path} has more than ${MAX_BYTES / 1024 / 1024} MiB, which no suite has`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'ENOENT' ? `there is no suite file ${path}; \`paddock schema --example > ${path}\` writes one to start from` : `${path} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
