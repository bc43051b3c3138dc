import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { VariantSpec } from '../domain/suite.ts';

/** A model file that is there, with what identifies it. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The text in the suite that named it. */
  readonly source: string;
}

/** `kind` says what is wrong with the file; the message says which file and what to do. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
  readonly kind: 'missing' | 'empty' | 'hash-mismatch' | 'outside-package' | 'download-failed';
  constructor(kind: ModelFileError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface ModelFileContext {
  /** Folder of the suite file; relative paths start here. */
  readonly suiteFolder: string;
  /** Folder of Paddock's own installation, where packages that come with it are found. */
  readonly installFolder: string;
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (source: string, bytes: number, totalBytes: number | null) => void;
  /** How long a download may send nothing before it is given up; by default a minute. */
  readonly stallMs?: number;
}

/** Larger downloads are refused. */
const MAX_DOWNLOAD_BYTES = 16 * 1024 ** 3;
/** A download that sends nothing for this long is given up. */
const STALL_MS = 60_000;
const DOWNLOAD_TRIES = 3;
/** Answers of the 400s that say "not now" (request timeout, too early, too many requests); the others stay as they are. */
const WORTH_ANOTHER_TRY: ReadonlySet<number> = new Set([408, 425, 429]);

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const facts = await stat(path);
    return facts.isFile() ? facts.size : null;
  } catch {
    return null;
  }
}

/** `npm:PACKAGE/PATH` -> the file inside the nearest `node_modules/PACKAGE` above the suite, then above Paddock itself. Throws ModelFileError. */
export async function findInPackage(source: string, context: Pick<ModelFileContext, 'suiteFolder' | 'installFolder'>): Promise<string> {
  const match = /^npm:((?:@[\w.~-]+\/)?[\w.~-]+)\/(.+)$/.exec(source);
  if (match?.[1] === undefined || match[2] === undefined) throw new ModelFileError('missing', `"${source}" is not of the form npm:PACKAGE/PATH`);
  const [, packageName, inner] = match;
  if ([...packageName.split('/'), ...inner.split('/')].includes('..')) throw new ModelFileError('outside-package', `"${source}" leads outside the package; name a file inside it`);
  for (const start of [context.suiteFolder, context.installFolder]) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const root = join(folder, 'node_modules', packageName);
      const path = join(root, inner);
      if ((await sizeOf(path)) !== null) {
        const inside = relative(await realpath(root), await realpath(path));
        if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw new ModelFileError('outside-package', `"${source}" leads outside the package; name a file inside it`);
        return path;
      }
      if (dirname(folder) === folder) break;
    }
  }
  throw new ModelFileError('missing', `"${source}": no file ${inner} in an installed package ${packageName}; install it with: npm install ${packageName}`);
}

function isLoopback(url: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}

async function downloadOnce(url: URL, part: string, context: ModelFileContext): Promise<void> {
  const have = (await sizeOf(part)) ?? 0;
  const stalled = new AbortController();
  const stallMs = context.stallMs ?? STALL_MS;
  const watch = (): NodeJS.Timeout => setTimeout(() => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  let timer = watch();
  try {
    const response = await fetch(url, { headers: have > 0 ? { range: `bytes=${have}-` } : {}, signal: AbortSignal.any([context.signal, stalled.signal]) });
    const resumed = response.status === 206;
    if (response.status === 416) {
      await rm(part, { force: true });
      throw new Error('the server refused to resume; the partial file was dropped');
    }
    if (response.status >= 400 && response.status < 500 && !WORTH_ANOTHER_TRY.has(response.status)) {
      throw new ModelFileError('download-failed', `"${url.href}" could not be downloaded: the server answered ${response.status} ${response.statusText}; check the address in the suite`);
    }
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isFinite(length) ? length + (resumed ? have : 0) : null;
    let bytes = resumed ? have : 0;
    const body = Readable.fromWeb(response.body);
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      clearTimeout(timer);
      timer = watch();
      if (bytes > MAX_DOWNLOAD_BYTES) body.destroy(new Error(`larger than ${MAX_DOWNLOAD_BYTES / 1024 ** 3} GiB`));
      context.onProgress?.(url.href, bytes, total);
    });
    await pipeline(body, createWriteStream(part, { flags: resumed ? 'a' : 'w' }));
  } finally {
    clearTimeout(timer);
  }
}

/** Whether there was a file to rename. */
async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** What a killed process had fetched is kept for resuming. */
async function takeOverParts(folder: string, sha256: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = new RegExp(`^${sha256}\\.(\\d+)\\.part$`).exec(name)?.[1];
    if (pid !== undefined && Number(pid) !== process.pid && !isAlive(Number(pid))) await renameIfThere(join(folder, name), kept);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Downloads once into the cache, under its hash; an interrupted download is resumed. Another process doing the same is harmless: the rename is atomic. */
async function download(source: string, sha256: string, context: ModelFileContext): Promise<string> {
  const url = new URL(source);
  if (url.protocol !== 'https:' && !isLoopback(url)) throw new ModelFileError('download-failed', `"${source}": only https (or http on this machine's loopback) is downloaded`);
  const folder = join(context.cacheFolder, 'models');
  const final = join(folder, sha256);
  if ((await sizeOf(final)) !== null) return final;
  const part = `${final}.${process.pid}.part`;
  const kept = `${final}.part`;
  try {
    await mkdir(folder, { recursive: true });
    await takeOverParts(folder, sha256, kept);
    await renameIfThere(kept, part);
  } catch (error) {
    throw new ModelFileError('download-failed', `"${source}" can not be kept in ${folder}: ${error instanceof Error ? error.message : String(error)}. Set XDG_CACHE_HOME to a folder that can be written`);
  }
  let last: unknown;
  for (let attempt = 1; attempt <= DOWNLOAD_TRIES; attempt++) {
    try {
      await downloadOnce(url, part, context);
      const actual = await sha256OfFile(part);
      if (actual !== sha256) {
        await rm(part, { force: true });
        throw new ModelFileError('hash-mismatch', `"${source}" has sha256 ${actual}, the suite says ${sha256}; the download was dropped. Check the file's publisher before you change the suite`);
      }
      await rename(part, final);
      return final;
    } catch (error) {
      if (error instanceof ModelFileError) throw error;
      last = error;
      if (context.signal.aborted) break;
    }
  }
  const came = await renameIfThere(part, kept);
  context.signal.throwIfAborted();
  const cause = last instanceof Error ? (last.cause instanceof Error ? `${last.message} (${last.cause.message})` : last.message) : String(last);
  throw new ModelFileError('download-failed', `"${source}" could not be downloaded: ${cause}. ${came ? 'What came is kept and resumed next time' : 'Check the address and the network'}`);
}

/** Finds (or fetches) a variant's file, and checks its hash where the suite gives one. Throws ModelFileError. */
export async function resolveModelFile(variant: Pick<VariantSpec, 'sha256'> & { readonly file: string }, context: ModelFileContext): Promise<ModelFile> {
  const source = variant.file;
  const path = /^https?:/i.test(source) && variant.sha256 !== undefined ? await download(source, variant.sha256, context)
    : source.startsWith('npm:') ? await findInPackage(source, context)
      : resolve(context.suiteFolder, source);
  const bytes = await sizeOf(path);
  if (bytes === null) throw new ModelFileError('missing', `there is no file ${path}${source === path ? '' : ` ("${source}" in the suite)`}`);
  if (bytes === 0) throw new ModelFileError('empty', `${path} is empty`);
  const sha256 = await sha256OfFile(path);
  if (variant.sha256 !== undefined && sha256 !== variant.sha256) {
    throw new ModelFileError('hash-mismatch', `${path} has sha256 ${sha256}, the suite says ${variant.sha256}; take the right file, or the right hash`);
  }
  return { path, sha256, bytes, source };
}
