import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import * as z from 'zod';
import type { BundleFile } from '../transport/transport.ts';
import { bundleFile, type Bundle } from './bundle.ts';
import { HarnessMissing } from './harness-missing.ts';

/** Beside the files of a harness app in a folder of its own: which they are, and the command that starts it. */
export const BUNDLE_MANIFEST = 'paddock-bundle.json';

/** A word of the command as it is, or the path of a file of the bundle (of its folder for `.`). */
const wordSchema = z.union([z.strictObject({ word: z.string() }), z.strictObject({ at: z.string() })]);
const inside = z.string().refine((path) => !isAbsolute(path) && !normalize(path).split(sep).includes('..'), 'it leads out of the folder');
const manifestSchema = z.strictObject({ files: z.array(inside).max(5000), words: z.array(wordSchema).min(1) });

/** A harness app as it can be written down: its files, and its command without the place where they stand. */
export interface BundleParts {
  readonly files: readonly BundleFile[];
  readonly words: z.infer<typeof manifestSchema>['words'];
}

export function partsOf({ files, argv }: Bundle): BundleParts {
  const mark = `${randomUUID()}/`;
  return { files, words: argv((path) => `${mark}${path}`).map((word) => (word.startsWith(mark) ? { at: word.slice(mark.length) } : { word })) };
}

export function bundleManifest({ files, words }: BundleParts): string {
  return JSON.stringify({ files: files.map(({ path }) => path), words } satisfies z.infer<typeof manifestSchema>);
}

/** A harness app from its folder. Throws HarnessMissing. */
export async function bundleOfFolder(folder: string, signal: AbortSignal): Promise<Bundle> {
  const path = join(folder, BUNDLE_MANIFEST);
  let manifest: z.infer<typeof manifestSchema>;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new HarnessMissing(`${path} does not say what the harness app there is made of: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`);
  }
  const files = await Promise.all(manifest.files.map((file) => bundleFile(file, join(folder, file), signal)));
  return { files, argv: (at) => manifest.words.map((part) => ('word' in part ? part.word : at(part.at))) };
}
