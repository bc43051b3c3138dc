import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import type { RuntimeSpec } from '../domain/suite.ts';

/** Where Paddock stands on this host. */
export interface Workplace {
  /** Folder of Paddock's own package. */
  readonly installFolder: string;
  /** Downloads and generated inputs. */
  readonly cacheFolder: string;
  readonly version: string;
}

/** The Node harness app that comes with Paddock. */
export function builtInHarness(workplace: Workplace): string[] {
  return [process.execPath, join(workplace.installFolder, 'dist', 'harness-node.mjs')];
}

/** A harness app's command on this host. A custom one's words that name files beside the suite are made absolute. */
export async function harnessCommand(runtime: RuntimeSpec, suiteFolder: string, workplace: Workplace): Promise<{ argv: string[]; sha256: string }> {
  const argv = runtime.harness === undefined ? builtInHarness(workplace)
    : await Promise.all(runtime.harness.map(async (word, index) => {
      if (index === 0 && word === 'node') return process.execPath;
      const path = resolve(suiteFolder, word);
      return !isAbsolute(word) && (await isFile(path)) ? path : word;
    }));
  const hash = createHash('sha256');
  for (const word of argv.slice(argv.length > 1 ? 1 : 0)) {
    hash.update(`${word.split('/').at(-1) ?? ''}\0`);
    if (await isFile(word)) for await (const chunk of createReadStream(word)) hash.update(chunk as Buffer);
  }
  return { argv, sha256: hash.digest('hex') };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((facts) => facts.isFile(), () => false);
}
