import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as z from 'zod';
import { datasetSchema, type DatasetManifest, type Item, type ItemFile } from '../domain/dataset.ts';
import { seededRandom, shuffled } from '../domain/random.ts';
import { sha256OfFile } from '../harness/model-file.ts';
import { parseYaml } from '../parse/yaml-document.ts';
import { readItemList } from './item-list.ts';
import { QualityError } from './quality-error.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_LIST_BYTES = 512 * 1024 * 1024;
/** Which items a limit keeps must not change from run to run. */
const LIMIT_SEED = 'paddock/quality/limit';

/** An item whose files are there and hold what the manifest says. */
export interface OpenItem {
  readonly id: string;
  readonly item: Item;
  /** Absolute paths by input; the empty name stands for the item's only file. */
  readonly files: ReadonlyMap<string, ItemFile & { readonly path: string }>;
}

/** A data set that was checked, file by file. */
export interface Dataset {
  readonly manifest: DatasetManifest;
  readonly path: string;
  readonly items: readonly OpenItem[];
  /** How many the manifest has, before a limit. */
  readonly allItems: number;
  /** Over name, split and every item's content and label: the same data, the same hash. */
  readonly sha256: string;
}

async function readBounded(path: string, limit: number, what: string): Promise<string> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new QualityError('data', `${what} ${path} can not be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  if (!facts.isFile()) throw new QualityError('data', `${what} ${path} is no file`);
  if (facts.size > limit) throw new QualityError('data', `${what} ${path} has ${facts.size} bytes; more than ${limit} are not read`);
  return readFile(path, 'utf8');
}

/** The file's absolute path, which also links must not lead out of the folder. */
async function pathInside(folder: string, file: string): Promise<string> {
  const path = join(folder, file);
  const real = await realpath(path).catch(() => null);
  if (real === null) throw new QualityError('data', `the data set names ${path}, and there is no such file`);
  const inside = relative(await realpath(folder), real);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw new QualityError('data', `${path} leads out of the data set's folder`);
  return path;
}

async function readManifest(path: string): Promise<DatasetManifest> {
  const text = await readBounded(path, MAX_MANIFEST_BYTES, 'the data set\'s manifest');
  const outcome = parseYaml(text, datasetSchema, z.toJSONSchema(datasetSchema, { io: 'input', unrepresentable: 'any' }));
  if (outcome.ok) return outcome.value;
  const lines = outcome.problems.map((problem) => `  ${path}:${problem.line}:${problem.column}${problem.key === '' ? '' : `: ${problem.key}`}: ${problem.message}`);
  throw new QualityError('data', `the data set's manifest can not be used:\n${lines.join('\n')}`);
}

async function readItems(manifest: DatasetManifest, folder: string): Promise<readonly Item[]> {
  if (typeof manifest.items !== 'string') return manifest.items;
  const path = await pathInside(folder, manifest.items);
  const text = await readBounded(path, MAX_LIST_BYTES, 'the list of items');
  const actual = createHash('sha256').update(text).digest('hex');
  if (actual !== manifest.sha256) throw new QualityError('data', `${path} has sha256 ${actual}, the manifest says ${manifest.sha256 ?? 'nothing'}: take the right list, or make the manifest anew`);
  return readItemList(path, text);
}

function filesOf(item: Item): readonly (readonly [string, ItemFile])[] {
  if (item.files !== undefined) return Object.entries(item.files);
  return item.file === undefined ? [] : [['', { file: item.file, sha256: item.sha256 ?? '', ...(item.index === undefined ? {} : { index: item.index }) }]];
}

/** Reads a manifest and checks every file against its hash. `limit` keeps that many items, drawn with a fixed seed, in their order. Throws QualityError. */
export async function openDataset(source: string, folder: string, limit: number | undefined): Promise<Dataset> {
  const path = resolve(folder, source);
  const manifest = await readManifest(path);
  const home = dirname(path);
  const all = await readItems(manifest, home);
  if (all.length === 0) throw new QualityError('data', `the data set ${path} has no items, so there is nothing to measure quality over`);
  const kept = limit === undefined || limit >= all.length ? null : new Set(shuffled(all.map((_, index) => index), seededRandom(LIMIT_SEED)).slice(0, limit));
  const hashes = new Map<string, string>();
  const hash = createHash('sha256').update(JSON.stringify([manifest.dataset, manifest.split]));
  const items: OpenItem[] = [];
  const ids = new Set<string>();
  for (const [index, item] of all.entries()) {
    if (kept !== null && !kept.has(index)) continue;
    const id = item.id ?? String(index + 1);
    if (ids.has(id)) throw new QualityError('data', `the data set ${path} has two items with the id "${id}"`);
    ids.add(id);
    const files = new Map<string, ItemFile & { path: string }>();
    for (const [input, file] of filesOf(item)) {
      const at = await pathInside(home, file.file);
      const actual = hashes.get(at) ?? await sha256OfFile(at);
      hashes.set(at, actual);
      if (actual !== file.sha256) throw new QualityError('data', `item ${id} of ${basename(path)}: ${at} has sha256 ${actual}, the manifest says ${file.sha256}: it is another file than the one that was labelled`);
      files.set(input, { ...file, path: at });
    }
    hash.update(JSON.stringify([id, [...files].map(([input, file]) => [input, file.sha256, file.index ?? null]), item.values ?? null, item.label]));
    items.push({ id, item, files });
  }
  return { manifest, path, items, allItems: all.length, sha256: hash.digest('hex') };
}
