import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';

/** One file of a bundle: where it stands inside, and where it is now, or its text. `linked`: one that nobody writes to in place (a package's), so that a hard link will do. */
export type BundlePart = { readonly path: string; readonly localPath: string; readonly keep: 'copied' | 'linked' } | { readonly path: string; readonly text: string };

/** Something kept, for tidying: its hash or id, bytes, and when it was last asked for. */
export interface KeptItem {
  readonly kind: 'file' | 'bundle';
  readonly id: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** A file was not what its hash says, or a bundle has a path that leads outside. */
export class KeepError extends Error {
  override readonly name = 'KeepError';
}

const HASH = /^[0-9a-f]{64}$/;

/**
 * Files by their SHA-256 and bundles by an id of the same form, in a folder beside the store: what old nights were measured with, so that it can be run again.
 * Everything appears whole or not at all; several processes may keep the same at once.
 */
export class KeptFiles {
  readonly folder: string;

  /** @param storePath the store's file */
  constructor(storePath: string) {
    this.folder = `${storePath}-files`;
  }

  /** Path of a kept file; null when it is not kept. */
  async file(sha256: string): Promise<string | null> {
    return this.#there(this.#place('file', sha256));
  }

  /** Folder of a kept bundle; null when it is not kept. */
  async bundle(id: string): Promise<string | null> {
    return this.#there(this.#place('bundle', id));
  }

  /** Keeps a copy of a file. A copy, not a link: a model may be written over in place. Throws KeepError when it is no longer what its hash says. */
  async keepFile(path: string, sha256: string): Promise<void> {
    const place = this.#place('file', sha256);
    if ((await this.#there(place)) !== null) return;
    await this.#appear(place, async (fresh) => {
      await copyFile(path, fresh, constants.COPYFILE_FICLONE);
      if ((await hashOf(fresh)) !== sha256) throw new KeepError(`${path} is no longer the file that was measured`);
    });
  }

  async keepBundle(id: string, parts: readonly BundlePart[]): Promise<void> {
    const place = this.#place('bundle', id);
    if ((await this.#there(place)) !== null) return;
    await this.#appear(place, async (fresh) => {
      for (const part of parts) {
        const inner = normalize(part.path);
        if (isAbsolute(inner) || inner.split(sep).includes('..')) throw new KeepError(`${part.path} leads outside the bundle`);
        const to = join(fresh, inner);
        await mkdir(dirname(to), { recursive: true });
        if ('text' in part) await writeFile(to, part.text);
        else await (part.keep === 'linked' ? linkOrCopy(part.localPath, to) : copyFile(part.localPath, to, constants.COPYFILE_FICLONE));
      }
    });
  }

  /** Everything kept, least recently used first. */
  async list(): Promise<readonly KeptItem[]> {
    const items: KeptItem[] = [];
    for (const kind of ['file', 'bundle'] as const) {
      for (const id of await namesIn(join(this.folder, `${kind}s`))) {
        if (!HASH.test(id)) continue;
        const place = this.#place(kind, id);
        items.push({ kind, id, bytes: await bytesOf(place), usedMs: (await stat(place)).mtimeMs });
      }
    }
    return items.sort((a, b) => a.usedMs - b.usedMs);
  }

  async remove({ kind, id }: Pick<KeptItem, 'kind' | 'id'>): Promise<void> {
    await rm(this.#place(kind, id), { recursive: true, force: true });
  }

  /** Removes what killed processes left half-made, once it is a day old. */
  async removeLeftovers(nowMs: number): Promise<void> {
    const folder = join(this.folder, 'fresh');
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      const facts = await stat(path).catch(() => null);
      if (facts !== null && nowMs - facts.mtimeMs > 86_400_000) await rm(path, { recursive: true, force: true });
    }
  }

  #place(kind: KeptItem['kind'], id: string): string {
    if (!HASH.test(id)) throw new KeepError(`${JSON.stringify(id)} is no SHA-256`);
    return join(this.folder, `${kind}s`, id);
  }

  /** The place when it is there, marked as used now. */
  async #there(place: string): Promise<string | null> {
    const now = new Date();
    return utimes(place, now, now).then(() => place, (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
  }

  /** Made aside and put in its place by one rename. */
  async #appear(place: string, make: (fresh: string) => Promise<void>): Promise<void> {
    const fresh = join(this.folder, 'fresh', randomUUID());
    await mkdir(dirname(fresh), { recursive: true });
    await mkdir(dirname(place), { recursive: true });
    try {
      await make(fresh);
      await rename(fresh, place);
    } catch (error) {
      // Another process was faster with the same bundle.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' && (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
}

async function bytesOf(path: string): Promise<number> {
  const facts = await stat(path);
  if (!facts.isDirectory()) return facts.size;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}
