import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkIdentity } from './identity.ts';
import { copyWhole, localBundle } from './local-files.ts';
import { localIdentity } from './local-identity.ts';
import { watchMemory } from './memory-watch.ts';
import { connectTcp } from './tcp.ts';
import {
  type BundleFile, type DeviceIdentity, type DeviceProcess, type DownloadOptions, ExecError, type ExecOptions, type KillReason, type ProcessExit, type Transport, type UploadOptions,
} from './transport.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** How long a process may take to end after SIGTERM before it gets SIGKILL. */
const TERM_GRACE_MS = 2000;

/** Groups that run now: they go when this process exits, however it does short of being killed itself. */
const running = new Set<LocalProcess>();
/** Folders that go with this process. */
const scratches = new Set<string>();
let exitHooked = false;

/** This machine. Files are where they are: nothing is copied by `push`. */
export class LocalTransport implements Transport {
  readonly name = 'local';
  readonly sentBytes = 0;
  #identity: DeviceIdentity | null = null;
  #scratch: Promise<string> | null = null;
  readonly #processes = new Set<LocalProcess>();

  async exec(argv: readonly string[], options: ExecOptions): Promise<DeviceProcess> {
    options.signal.throwIfAborted();
    const [program, ...rest] = argv;
    if (program === undefined) throw new ExecError(argv, new Error('there is no program to start'));
    let child: Child;
    try {
      child = spawn(program, rest, {
        // A group of its own, so that it can be ended with all that it starts, and a Ctrl-C in the terminal reaches only Paddock.
        detached: process.platform !== 'win32',
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        windowsHide: true,
      });
      await once(child, 'spawn');
    } catch (error) {
      throw new ExecError(argv, error);
    }
    const started = new LocalProcess(child, options);
    this.#processes.add(started);
    void started.exited.then(() => this.#processes.delete(started));
    return started;
  }

  async push(localPath: string, _sha256: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return localPath;
  }

  async pushBundle(files: readonly BundleFile[], signal: AbortSignal): Promise<string> {
    return localBundle(files, signal);
  }

  async upload(localPath: string, remotePath: string, options: UploadOptions): Promise<void> {
    await copyWhole(localPath, remotePath, options, Number.POSITIVE_INFINITY);
  }

  async download(remotePath: string, localPath: string, options: DownloadOptions): Promise<void> {
    await copyWhole(remotePath, localPath, options, options.maxBytes);
  }

  async scratch(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.#scratch ??= makeScratch();
    return this.#scratch;
  }

  async connect(port: number, signal: AbortSignal): Promise<Duplex> {
    return connectTcp('127.0.0.1', port, { signal, device: this.name });
  }

  async identify(signal: AbortSignal): Promise<DeviceIdentity> {
    signal.throwIfAborted();
    const found = localIdentity();
    this.#identity ??= found;
    checkIdentity(this.name, this.#identity, found);
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((each) => each.kill()));
    const scratch = this.#scratch;
    this.#scratch = null;
    if (scratch !== null) await rm(await scratch, { recursive: true, force: true }).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** This machine, for whoever needs only one. */
export const localTransport: Transport = new LocalTransport();

class LocalProcess implements DeviceProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  readonly #child: Child;
  #killedFor: KillReason | null = null;
  #gone = false;
  #killing: Promise<void> | null = null;

  constructor(child: Child, { signal, memoryLimitBytes }: ExecOptions) {
    this.#child = child;
    this.pid = child.pid ?? -1;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    // A write to a process that is gone rejects where it was asked for; the stream's own event would end this process.
    child.stdin.on('error', () => {});
    // After the start this event only says that a signal could not be sent; `exited` says whether the process is gone.
    child.on('error', () => {});
    hookExit();
    running.add(this);
    const onAbort = (): void => this.#end('abort');
    const stopWatch = memoryLimitBytes === undefined ? () => {} : watchMemory(this.pid, memoryLimitBytes, () => this.#end('memory'));
    this.exited = new Promise((resolve) => {
      child.once('exit', (exitCode, exitSignal) => {
        this.signalGroup('SIGKILL');
        this.#gone = true;
        running.delete(this);
        signal.removeEventListener('abort', onAbort);
        stopWatch();
        resolve({ exitCode, signal: exitSignal, killedFor: this.#killedFor });
      });
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  }

  async write(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#child.stdin.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  closeInput(): void {
    this.#child.stdin.end();
  }

  async kill(): Promise<void> {
    this.#killing ??= this.#terminate();
    return this.#killing;
  }

  /** Everything in the group; on Windows, which has none, the process alone. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.#gone) return;
    if (process.platform === 'win32') {
      this.#child.kill(signal);
      return;
    }
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // ESRCH: nothing is left of the group. EPERM: what is left has taken another identity and is not ours to end.
      if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
    }
  }

  #end(reason: KillReason): void {
    this.#killedFor ??= reason;
    // Memory is gone in moments; there is no time for a grace.
    if (reason === 'memory') this.signalGroup('SIGKILL');
    else void this.kill();
  }

  async #terminate(): Promise<void> {
    this.signalGroup('SIGTERM');
    const grace = new AbortController();
    await Promise.race([this.exited, sleep(TERM_GRACE_MS, undefined, { signal: grace.signal, ref: false }).catch(() => {})]);
    grace.abort();
    this.signalGroup('SIGKILL');
    await this.exited;
  }
}

async function makeScratch(): Promise<string> {
  hookExit();
  const folder = await mkdtemp(join(tmpdir(), 'paddock-scratch-'));
  scratches.add(folder);
  return folder;
}

function hookExit(): void {
  if (exitHooked) return;
  exitHooked = true;
  process.on('exit', () => {
    for (const each of running) each.signalGroup('SIGKILL');
    for (const folder of scratches) rmSync(folder, { recursive: true, force: true });
  });
}
