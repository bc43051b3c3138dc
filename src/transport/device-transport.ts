import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { randomBytes, randomUUID } from 'node:crypto';
import { basename, dirname, join, posix } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { shellWord } from '../domain/shell-word.ts';
import { askDevice, newMark, scriptCommand } from './ask-device.ts';
import type { Link } from './channel.ts';
import { EXEC, FILE_SIZE, IDENTITY, MAKE_FOLDER } from './device-scripts.ts';
import { fileSha256 } from './digest.ts';
import { checkIdentity } from './identity.ts';
import { deviceMode } from './local-files.ts';
import type { OpenOptions } from './open-options.ts';
import { PushCache } from './push-cache.ts';
import { RemoteProcess, StartRefused } from './remote-process.ts';
import { sendVerified } from './send-verified.ts';
import { readIdentity, Session } from './session.ts';
import { type BundleFile, type DeviceIdentity, type DeviceProcess, type DownloadOptions, ExecError, type ExecOptions, type OnProgress, type Transport, type UploadOptions } from './transport.ts';
import { TransportFault } from './transport-fault.ts';

/** Below it lies what a phone can spare for models and bundles of a night's suite. */
const CACHE_MAX_BYTES = 4 * 2 ** 30;
const START_MS = 30_000;
const ASK_MS = 30_000;
const QUIET: OnProgress = () => {};

interface Stay {
  readonly session: Session;
  readonly cache: PushCache;
}

/** A device at the other end of a link. It belongs to one unit and one boot: when another unit answers, or the same after a reboot, everything throws, and a new transport has to be opened. */
export class DeviceTransport implements Transport {
  readonly name: string;
  readonly #link: Link;
  readonly #options: OpenOptions;
  #identity: DeviceIdentity | null = null;
  #stayed: Promise<Stay> | null = null;
  #sentBytes = 0;
  #closed: Promise<void> | null = null;

  private constructor(link: Link, options: OpenOptions) {
    this.name = link.name;
    this.#link = link;
    this.#options = options;
  }

  /** Throws TransportFault or the signal's reason; then the link is closed. */
  static async open(link: Link, options: OpenOptions): Promise<DeviceTransport> {
    const transport = new DeviceTransport(link, options);
    try {
      await transport.#stay(options.signal);
      return transport;
    } catch (error) {
      await transport.close();
      throw error;
    }
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  async exec(argv: readonly string[], options: ExecOptions): Promise<DeviceProcess> {
    options.signal.throwIfAborted();
    checkArguments(argv, options);
    const { session } = await this.#stay(options.signal);
    const mark = newMark();
    const boot = session.identity.bootId ?? '';
    const kib = options.memoryLimitBytes === undefined ? 0 : Math.ceil(options.memoryLimitBytes / 1024);
    const folder = options.cwd?.startsWith('-') === true ? `./${options.cwd}` : (options.cwd ?? '');
    const exported = Object.entries(options.env ?? {}).map(([name, value]) => `export ${name}=${shellWord(value)}; `).join('');
    const channel = await this.#link.open(`${exported}${scriptCommand(EXEC, [session.folder, mark, boot, folder, String(kib), ...argv])}`, options.signal);
    const started = new RemoteProcess(channel, mark, session);
    try {
      await started.started(options.signal, START_MS);
    } catch (error) {
      throw await this.#startError(error, argv, options);
    }
    started.endOn(options.signal);
    return started;
  }

  async push(localPath: string, sha256: string, signal: AbortSignal, onProgress: OnProgress = QUIET): Promise<string> {
    signal.throwIfAborted();
    return (await this.#stay(signal)).cache.file(localPath, sha256, signal, onProgress);
  }

  async pushBundle(files: readonly BundleFile[], signal: AbortSignal, onProgress: OnProgress = QUIET): Promise<string> {
    signal.throwIfAborted();
    return (await this.#stay(signal)).cache.bundle(files, signal, onProgress);
  }

  async upload(localPath: string, remotePath: string, { signal, sha256, mode, onProgress = QUIET }: UploadOptions): Promise<void> {
    signal.throwIfAborted();
    const { session } = await this.#stay(signal);
    const folder = posix.dirname(remotePath);
    const [said] = await askDevice(this.#link, MAKE_FOLDER, [folder], { signal, timeoutMs: ASK_MS });
    if (said !== 'done') throw new TransportFault('refused', this.name, `the folder ${JSON.stringify(folder)} can't be made on the device`);
    await sendVerified(this.#link, {
      localPath, remotePath, part: `${remotePath}.paddock-${randomBytes(6).toString('hex')}`,
      sha256: sha256 ?? (await fileSha256(localPath, signal)), sessionFolder: session.folder, mode: mode ?? (await deviceMode(localPath)), signal, onProgress, onSent: (bytes) => this.#sent(bytes),
    });
  }

  async download(remotePath: string, localPath: string, { signal, maxBytes, onProgress = QUIET }: DownloadOptions): Promise<void> {
    signal.throwIfAborted();
    await this.#stay(signal);
    const [said = ''] = await askDevice(this.#link, FILE_SIZE, [remotePath], { signal, timeoutMs: ASK_MS });
    if (said === 'missing') throw new TransportFault('missing', this.name, `there is no file ${JSON.stringify(remotePath)} on the device`);
    if (!/^\d{1,15}$/.test(said)) throw new TransportFault('refused', this.name, `${JSON.stringify(remotePath)} on the device can't be read`);
    const size = Number(said);
    if (size > maxBytes) throw new TransportFault('too-large', this.name, `${JSON.stringify(remotePath)} has ${size} bytes, more than the ${maxBytes} asked for`);
    const part = join(dirname(localPath), `.${basename(localPath)}.${randomUUID()}`);
    try {
      const bytes = this.#link.fetch(remotePath, { signal, maxBytes, onProgress: (at) => onProgress(at, Math.max(at, size)) });
      await pipeline(bytes, createWriteStream(part), { signal });
      // A log may have grown meanwhile, but nothing may be missing.
      const got = (await stat(part)).size;
      if (got < size) throw new TransportFault('corrupt', this.name, `${got} of the ${size} bytes of ${JSON.stringify(remotePath)} came`);
      await rename(part, localPath);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await rm(part, { force: true });
    }
  }

  async scratch(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return `${(await this.#stay(signal)).session.folder}/scratch`;
  }

  async connect(port: number, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    return this.#link.connect(port, signal);
  }

  async identify(signal: AbortSignal): Promise<DeviceIdentity> {
    signal.throwIfAborted();
    const told = new Map<string, string>();
    for (const line of await askDevice(this.#link, IDENTITY, [], { signal, timeoutMs: ASK_MS })) told.set(line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1));
    return this.#pinned(readIdentity(told, this.#link.fallbackId));
  }

  async close(): Promise<void> {
    this.#closed ??= this.#leave();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #leave(): Promise<void> {
    const open = await this.#stayed?.catch(() => null);
    if (open !== null && open !== undefined) await open.session.close();
    await this.#link.close().catch(() => {});
  }

  /** The session, opened anew when the last one was lost. Calls that come together wait for one another. */
  async #stay(signal: AbortSignal): Promise<Stay> {
    if (this.#closed !== null) throw new TransportFault('lost', this.name, 'this transport was closed');
    const before = this.#stayed ?? Promise.resolve(null);
    const stay = before.catch(() => null).then((open) => (open === null || open.session.lost.aborted ? this.#open(signal) : open));
    this.#stayed = stay;
    return stay;
  }

  async #open(signal: AbortSignal): Promise<Stay> {
    const session = await Session.open(this.#link, this.#options.remoteFolder, signal);
    try {
      this.#pinned(session.identity);
    } catch (error) {
      await session.close();
      throw error;
    }
    const cache = new PushCache(this.#link, session, { maxBytes: this.#options.cacheMaxBytes ?? CACHE_MAX_BYTES, onSent: (bytes) => this.#sent(bytes) });
    return { session, cache };
  }

  #pinned(found: DeviceIdentity): DeviceIdentity {
    this.#identity ??= found;
    checkIdentity(this.name, this.#identity, found);
    return found;
  }

  #sent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  async #startError(error: unknown, argv: readonly string[], { signal, cwd }: ExecOptions): Promise<unknown> {
    if (!(error instanceof StartRefused)) return error;
    switch (error.why) {
      case 'program':
        return new ExecError(argv, new Error(`there is no such program on the device, or it may not be started (${this.name})`));
      case 'folder':
        return new ExecError(argv, new Error(`there is no folder ${JSON.stringify(cwd)} on the device (${this.name})`));
      case 'session':
        return new TransportFault('lost', this.name, 'the device has ended this session, as it heard nothing for a while');
      case 'boot':
        // Which of the two it is, the device says itself.
        return this.identify(signal).then(() => new TransportFault('garbage', this.name, 'the device says another boot id each time'), (reason: unknown) => reason);
    }
  }
}

function checkArguments(argv: readonly string[], { env, cwd }: ExecOptions): void {
  const [program] = argv;
  if (program === undefined || program === '') throw new ExecError(argv, new Error('there is no program to start'));
  if (program.startsWith('-')) throw new ExecError(argv, new Error('the name of a program can\'t begin with "-"; write it with its folder'));
  if ([...argv, ...Object.values(env ?? {}), cwd ?? ''].some((word) => word.includes('\0'))) throw new ExecError(argv, new Error('there is a NUL in its arguments, which no system takes'));
  const bad = Object.keys(env ?? {}).find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (bad !== undefined) throw new ExecError(argv, new Error(`${JSON.stringify(bad)} is no name of a variable`));
}
