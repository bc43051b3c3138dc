import { randomUUID } from 'node:crypto';
import { chmod, copyFile, constants, link, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { bundleDigest } from './bundle.ts';
import { fileSha256 } from './digest.ts';
import type { BundleFile, OnProgress } from './transport.ts';
import { TransportFault } from './transport-fault.ts';

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly sha256?: string;
  readonly mode?: number;
  readonly onProgress?: OnProgress;
}

/** 0o755 or 0o644, as the owner of the local file may start it or not. */
export async function deviceMode(localPath: string): Promise<number> {
  return ((await stat(localPath)).mode & 0o100) === 0 ? 0o644 : 0o755;
}

/** Copies a file of this machine so that it appears whole or not at all. */
export async function copyWhole(from: string, to: string, { signal, sha256, mode, onProgress }: CopyOptions, maxBytes: number): Promise<void> {
  signal.throwIfAborted();
  const { size } = await stat(from).catch((error: unknown) => {
    throw new TransportFault('missing', 'local', `there is no file ${JSON.stringify(from)}`, error);
  });
  if (size > maxBytes) throw new TransportFault('too-large', 'local', `${JSON.stringify(from)} has ${size} bytes, more than the ${maxBytes} asked for`);
  const part = join(dirname(to), `.${basename(to)}.${randomUUID()}`);
  await mkdir(dirname(to), { recursive: true });
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
    await chmod(part, mode ?? (await deviceMode(from)));
    if (sha256 !== undefined && (await fileSha256(part, signal)) !== sha256) throw new TransportFault('corrupt', 'local', `${JSON.stringify(from)} is not the content that was expected`);
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
  }
  onProgress?.(size, size);
}

/** A folder in which the files stand under their names, made once for each content; where they already stand so, that folder. */
export async function localBundle(files: readonly BundleFile[], signal: AbortSignal): Promise<string> {
  const modes = new Map(await Promise.all(files.map(async (file) => [file, await deviceMode(file.localPath)] as const)));
  const digest = bundleDigest(files, (file) => modes.get(file) ?? 0o644);
  const standing = commonFolder(files);
  if (standing !== null) return standing;
  const root = join(tmpdir(), `paddock-bundles-${userInfo().uid}`);
  await mkdir(root, { recursive: true, mode: 0o700 });
  const folder = join(root, digest);
  if (await isThere(folder)) return folder;
  const part = await mkdtemp(`${folder}.`);
  try {
    for (const file of files) {
      signal.throwIfAborted();
      const to = join(part, file.path);
      await mkdir(dirname(to), { recursive: true });
      // A link costs nothing; on another file system it has to be a copy.
      await link(file.localPath, to).catch(() => copyFile(file.localPath, to, constants.COPYFILE_FICLONE));
    }
    await rename(part, folder).catch(async (error: unknown) => {
      // Another process was quicker with the same content.
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return folder;
}

function commonFolder(files: readonly BundleFile[]): string | null {
  const folders = new Set(files.map(({ path, localPath }) => (localPath.endsWith(`/${path}`) ? localPath.slice(0, -path.length - 1) : null)));
  const [folder] = folders;
  return folders.size === 1 && folder !== undefined ? folder : null;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
