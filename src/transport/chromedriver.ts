import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeBrowserFolder } from './browser-folder.ts';
import { findProgram } from './find-program.ts';
import { guardGroup } from './group-guard.ts';
import { TransportFault } from './transport-fault.ts';

/** Up in 0.1 s on an idle machine. */
const START_MS = 20_000;
/** From the end of the session to the end of chromedriver. */
const TERM_GRACE_MS = 2000;
const VERSION_MS = 10_000;
const MAX_OUTPUT_CHARACTERS = 4000;

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];

/** What a local browser is made of. */
export interface BrowserPrograms {
  readonly binary: string;
  readonly driver: string;
}

/** Finds the browser and its driver. Nothing is ever downloaded. Throws TransportFault `missing` with what to install. */
export async function findBrowserPrograms(device: string, named: { readonly binary?: string | undefined; readonly driver?: string | undefined }): Promise<BrowserPrograms> {
  const binary = await findProgram(named.binary === undefined ? BROWSERS : [named.binary]);
  if (binary === null) throw new TransportFault('missing', device, named.binary === undefined ? 'no Chromium or Chrome is installed here: `apt-get install chromium`, or name its program as `browser.binary` in paddock.yaml' : `there is no program ${named.binary}, which paddock.yaml names as \`browser.binary\``);
  const driver = await findProgram([named.driver ?? 'chromedriver']);
  if (driver === null) throw new TransportFault('missing', device, named.driver === undefined ? 'no chromedriver is installed here: `apt-get install chromium-driver`, or name the one of the browser\'s version as `browser.driver` in paddock.yaml' : `there is no program ${named.driver}, which paddock.yaml names as \`browser.driver\``);
  return { binary, driver };
}

/** A version as programs print it, `156.0.8078.79`; null when the program tells none. */
export async function programVersion(program: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: VERSION_MS, signal });
    return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** A chromedriver that Paddock started, with the browsers that it starts in its process group. */
export class Chromedriver implements AsyncDisposable {
  readonly port: number;
  /** As it prints it; null when it doesn't. */
  readonly version: string | null;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #folder: string;
  readonly #endGuard: () => void;
  readonly #gone: Promise<void>;
  #closing: Promise<void> | null = null;

  private constructor(parts: { readonly child: ChildProcessByStdio<null, Readable, Readable>; readonly folder: string; readonly endGuard: () => void; readonly gone: Promise<void> }, port: number, version: string | null) {
    this.#child = parts.child;
    this.#folder = parts.folder;
    this.#endGuard = parts.endGuard;
    this.#gone = parts.gone;
    this.port = port;
    this.version = version;
    process.once('exit', this.#onExit);
  }

  /** Throws TransportFault `missing`, `timeout` or `session-refused`, the signal's reason. */
  static async start(program: string, device: string, signal: AbortSignal): Promise<Chromedriver> {
    signal.throwIfAborted();
    const folder = await makeBrowserFolder('paddock-browser');
    // Profiles of browsers come to lie in the folder, so that they go with it.
    const child = spawn(program, ['--port=0'], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder }, windowsHide: true });
    const ended = Promise.withResolvers<string>();
    child.once('error', (error) => { ended.resolve(error.message); });
    child.once('exit', (code, by) => {
      // A browser outlives its chromedriver in the group, whose number may be another's later on.
      signalGroup(child, 'SIGKILL');
      ended.resolve(`it ended by itself with ${by ?? `exit code ${code ?? 'unknown'}`}`);
    });
    const endGuard = child.pid === undefined ? (): void => {} : guardGroup(child.pid, folder);
    const parts = { child, folder, endGuard, gone: ended.promise.then(() => undefined) };
    let output = '';
    const ready = new Promise<number>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-MAX_OUTPUT_CHARACTERS);
          const port = Number(/started successfully on port (\d+)/.exec(output)?.[1] ?? 0);
          if (port > 0) resolve(port);
        });
      }
    });
    const wait = new AbortController();
    const first = await Promise.race([ready, ended.promise, sleep(START_MS, null, { signal: AbortSignal.any([signal, wait.signal]) }).catch(() => null)]);
    wait.abort();
    const version = /ChromeDriver (\d+(?:\.\d+)+)/.exec(output)?.[1] ?? null;
    const started = new Chromedriver(parts, typeof first === 'number' ? first : 0, version);
    if (typeof first === 'number') return started;
    await started.close();
    signal.throwIfAborted();
    const said = output.trim() === '' ? '' : `; it said: ${output.trim().split('\n').slice(-3).join(' | ')}`;
    throw first === null ? new TransportFault('timeout', device, `${program} was not ready within ${START_MS / 1000} s${said}`) : new TransportFault('session-refused', device, `${program} can't be used as chromedriver: ${first}${said}`);
  }

  readonly #onExit = (): void => { this.#signal('SIGKILL'); };

  /** Ends chromedriver with every browser that it started, and removes what they wrote. Never throws. */
  async close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#signal('SIGTERM');
    const grace = new AbortController();
    await Promise.race([this.#gone, sleep(TERM_GRACE_MS, undefined, { signal: grace.signal }).catch(() => {})]);
    grace.abort();
    this.#signal('SIGKILL');
    await this.#gone;
    process.removeListener('exit', this.#onExit);
    this.#endGuard();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(() => {});
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) signalGroup(this.#child, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nothing is left of the group.
  }
}
