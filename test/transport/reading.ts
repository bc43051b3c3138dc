import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessExit, Transport } from '../../src/transport/transport.ts';

export const never = new AbortController().signal;

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return (await bytesOf(stream)).toString();
}

/** Runs a program to its end, with nothing on its input. */
export async function run(transport: Transport, argv: readonly string[], options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {}): Promise<{ out: string; err: string; exit: ProcessExit }> {
  const child = await transport.exec(argv, { signal: never, ...options });
  child.closeInput();
  const [out, err, exit] = await Promise.all([textOf(child.stdout), textOf(child.stderr), child.exited]);
  return { out, err, exit };
}

/** Settles when the promise rejects with a fault, and gives its kind. */
export async function faultOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'none', (error: unknown) => (typeof error === 'object' && error !== null && 'kind' in error ? String(error.kind) : String(error)));
}

export interface LocalFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Buffer;
}

/** A folder for files, and files of random content in it. */
export class LocalFiles implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<LocalFiles> {
    return new LocalFiles(await mkdtemp(join(tmpdir(), 'transport-test-')));
  }

  async random(name: string, size: number, mode = 0o644): Promise<LocalFile> {
    return this.of(name, randomBytes(size), mode);
  }

  async of(name: string, bytes: Buffer, mode = 0o644): Promise<LocalFile> {
    const path = join(this.folder, name);
    await writeFile(path, bytes, { mode });
    return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
