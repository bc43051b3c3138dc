import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { askDevice } from './ask-device.ts';
import { bundleDigest } from './bundle.ts';
import type { Link } from './channel.ts';
import { ASSEMBLE, HOLD_FILE, HOLD_FOLDER } from './device-scripts.ts';
import { deviceMode } from './local-files.ts';
import { sendVerified } from './send-verified.ts';
import type { Session } from './session.ts';
import type { BundleFile, OnProgress } from './transport.ts';
import { TransportFault } from './transport-fault.ts';

/** Hashing a file of some gigabytes on a small board. */
const ASK_MS = 600_000;

/**
 * Files on the device by content: `store/SHA256[-x][.ext]`, and bundles as folders of links to them. What a session needs it holds, by a file of that name in its own folder; the
 * least recently used of the rest goes when room is needed. Several orchestrators may use one store: each sends into its own folder and publishes by a rename.
 */
export class PushCache {
  readonly #link: Link;
  readonly #session: Session;
  readonly #maxBytes: number;
  readonly #onSent: (bytes: number) => void;
  readonly #known = new Map<string, Promise<string>>();

  constructor(link: Link, session: Session, options: { readonly maxBytes: number; readonly onSent: (bytes: number) => void }) {
    this.#link = link;
    this.#session = session;
    this.#maxBytes = options.maxBytes;
    this.#onSent = options.onSent;
  }

  /** Gives the path on the device. Each content, of a file or a bundle, is looked at once in a session, and its digest taken there. */
  async file(localPath: string, sha256: string, signal: AbortSignal, onProgress: OnProgress): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`${JSON.stringify(sha256)} is no SHA-256`);
    const mode = await deviceMode(localPath);
    // Some engines read a file's format off its extension.
    const extension = /^\.[A-Za-z0-9]{1,10}$/.exec(extname(localPath))?.[0] ?? '';
    const name = `${sha256}${mode === 0o755 ? '-x' : ''}${extension}`;
    return this.#once(name, signal, () => this.#bring({ localPath, sha256, name, mode, signal, onProgress }));
  }

  async bundle(files: readonly BundleFile[], signal: AbortSignal, onProgress: OnProgress): Promise<string> {
    const modes = new Map(await Promise.all(files.map(async (file) => [file, await deviceMode(file.localPath)] as const)));
    const name = `${bundleDigest(files, (file) => modes.get(file) ?? 0o644)}-bundle`;
    return this.#once(name, signal, () => this.#assemble(name, files, signal, onProgress));
  }

  async #once(name: string, signal: AbortSignal, make: () => Promise<string>): Promise<string> {
    const known = this.#known.get(name);
    // The first who asked may have been aborted, which is not this one's matter.
    if (known !== undefined) return known.catch((error: unknown) => (signal.aborted ? Promise.reject(error) : this.#once(name, signal, make)));
    const made = make();
    this.#known.set(name, made);
    made.catch(() => this.#known.delete(name));
    return made;
  }

  async #bring({ localPath, sha256, name, mode, signal, onProgress }: { localPath: string; sha256: string; name: string; mode: number; signal: AbortSignal; onProgress: OnProgress }): Promise<string> {
    const { size } = await stat(localPath);
    const path = `${this.#session.root}/store/${name}`;
    const said = await this.#ask(HOLD_FILE, [name, String(size), sha256, String(Math.floor(this.#maxBytes / 1024))], signal);
    if (said === 'present') return path;
    if (said !== 'absent') throw this.#noRoom(said, size, localPath);
    const part = `${this.#session.folder}/part/${randomBytes(6).toString('hex')}`;
    await sendVerified(this.#link, { localPath, remotePath: path, part, sha256, sessionFolder: this.#session.folder, mode, signal, onProgress, onSent: this.#onSent });
    return path;
  }

  async #assemble(name: string, files: readonly BundleFile[], signal: AbortSignal, onProgress: OnProgress): Promise<string> {
    const folder = `${this.#session.root}/store/${name}`;
    const sizes = await Promise.all(files.map(async ({ localPath }) => (await stat(localPath)).size));
    const content = files.flatMap(({ path, sha256 }, i) => [path, String(sizes[i]), sha256]);
    if ((await this.#ask(HOLD_FOLDER, [name, ...content], signal)) === 'present') return folder;
    const total = sizes.reduce((sum, each) => sum + each, 0);
    const paths: string[] = [];
    let before = 0;
    for (const [i, file] of files.entries()) {
      const done = before;
      paths.push(await this.file(file.localPath, file.sha256, signal, (bytes) => onProgress(done + bytes, total)), file.path);
      before += sizes[i] ?? 0;
    }
    const part = `${this.#session.folder}/part/${randomBytes(6).toString('hex')}`;
    const said = await askDevice(this.#link, ASSEMBLE, [part, folder, ...paths], { signal, timeoutMs: ASK_MS });
    if (said[0] !== 'done') throw new TransportFault('refused', this.#link.name, `a bundle of ${files.length} files could not be put together in ${folder}`);
    return folder;
  }

  #noRoom(said: string, size: number, localPath: string): TransportFault {
    const [word, bytes = '0'] = said.split(' ');
    const needs = `${JSON.stringify(localPath)} needs ${mebibytes(size)}`;
    if (word === 'full') return new TransportFault('device-full', this.#link.name, `${needs}, and ${mebibytes(Number(bytes))} are free where ${this.#session.root} is; free some space there`);
    if (word === 'bound') return new TransportFault('device-full', this.#link.name, `${needs}; the push cache holds ${mebibytes(Number(bytes))} that are in use, and may hold ${mebibytes(this.#maxBytes)}: raise its bound`);
    return new TransportFault('refused', this.#link.name, `the push cache in ${this.#session.root} can't be used (the device says ${JSON.stringify(said.slice(0, 100))})`);
  }

  async #ask(script: string, args: readonly string[], signal: AbortSignal): Promise<string> {
    return (await askDevice(this.#link, script, [this.#session.root, this.#session.id, ...args], { signal, timeoutMs: ASK_MS }))[0] ?? '';
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
