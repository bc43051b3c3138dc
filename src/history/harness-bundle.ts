import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import type { Environment } from '../domain/environment.ts';
import type { BundlePart } from '../store/kept-files.ts';

/** Packages that the Node harness app loads its runtime from. */
const RUNTIME_PACKAGES = ['onnxruntime-node', 'onnxruntime-common'];
/** Larger bundles are not kept: a harness app is some 50 MB with its runtime. */
const MAX_PARTS = 5000;

/** The id of the harness app and runtime that a night was measured with; null where it is not known. */
export function bundleId({ harness, runtime }: Environment): string | null {
  return harness === undefined || runtime === undefined ? null : createHash('sha256').update(`${harness}\n${runtime}`).digest('hex');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then((facts) => facts.isFile(), () => false);
}

/** Where a program finds a package; null where it does not have it. By its main file: not every package lets its package.json be asked for. */
function packageFolder(program: string, name: string): string | null {
  let path: string;
  try {
    path = createRequire(program).resolve(name);
  } catch {
    return null; // this harness app does without it
  }
  const end = join('node_modules', name);
  const at = path.lastIndexOf(`${end}${sep}`);
  return at < 0 ? null : path.slice(0, at + end.length);
}

/** A package's files as its program would find them. Libraries of other platforms are left out. */
async function packageParts(program: string, name: string): Promise<readonly BundlePart[]> {
  const folder = packageFolder(program, name);
  if (folder === null) return [];
  const foreign = (path: string): boolean => {
    const [top, , platform, arch] = path.split(sep);
    return top === 'bin' && platform !== undefined && (platform !== process.platform || (arch !== undefined && arch !== process.arch));
  };
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path) => (foreign(relative(folder, path)) ? [] : [{ path: join('node_modules', name, relative(folder, path)), localPath: path, keep: 'linked' as const }]));
}

/** The files that a harness app on this machine is made of: those that its command names, and the runtime packages of a Node program. Null when there is none, or far too many. */
export async function harnessParts(argv: readonly string[]): Promise<readonly BundlePart[] | null> {
  const parts: BundlePart[] = [];
  for (const word of argv) {
    if (word === process.execPath || !isAbsolute(word) || !(await isFile(word))) continue;
    parts.push({ path: basename(word), localPath: word, keep: 'copied' });
    if (/\.[cm]?js$/.test(word)) for (const name of RUNTIME_PACKAGES) parts.push(...await packageParts(word, name));
  }
  return parts.length === 0 || parts.length > MAX_PARTS ? null : parts;
}

/** The command of a kept harness app: the words of the original one, the files among them taken from the bundle. A Node program runs on today's Node. */
export async function bundledCommand(argv: readonly string[], folder: string): Promise<string[]> {
  return Promise.all(argv.map(async (word, index) => {
    if (!isAbsolute(word)) return word;
    const kept = join(folder, basename(word));
    if (await isFile(kept)) return kept;
    return index === 0 && basename(word).startsWith('node') ? 'node' : word;
  }));
}
