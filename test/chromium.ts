import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { guardGroup } from '../src/transport/group-guard.ts';
import { lacks } from './lacks.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const lacksChromium = lacks('Chromium', existsSync(CHROMIUM), 'apt-get install chromium');

/** As a browser in a container must be started, and so that it fetches nothing of its own. */
const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars',
  '--disable-breakpad', '--password-store=basic', '--remote-debugging-port=0',
];
/** WebGPU on SwiftShader, Chromium's software Vulkan. */
export const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Debian's Chromium has WebNN behind this; on Linux it then says itself that the platform is not supported. */
export const WEBNN = '--enable-features=WebMachineLearningNeuralNetwork';

/** A measurement of memory collects garbage at once; else it waits for a collection, which took 17 s. */
export const MEMORY_AT_ONCE = '--enable-blink-features=ForceEagerMeasureMemory';

/** A tab that was opened. */
export interface Tab {
  close(): Promise<void>;
  /** A command of the Chrome DevTools protocol, and its answer. */
  command(method: string, params?: object): Promise<unknown>;
}

/** A Chromium of its own with a fresh profile, showing a page. Leaving the scope ends it and everything it started; so does the end of this process, however it came. */
export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #endGuard: () => void;

  constructor(url = 'about:blank', flags: readonly string[] = []) {
    this.#profile = mkdtempSync(join(tmpdir(), 'paddock-chromium-'));
    this.#process = spawn(CHROMIUM, [...FLAGS, ...flags, `--user-data-dir=${this.#profile}`, url], { stdio: 'ignore', detached: true });
    this.#endGuard = this.#process.pid === undefined ? () => {} : guardGroup(this.#process.pid, this.#profile);
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  async open(url: string): Promise<Tab> {
    const tools = `http://127.0.0.1:${await this.#toolsPort()}/json`;
    const { id, webSocketDebuggerUrl } = (await (await fetch(`${tools}/new?${encodeURIComponent(url)}`, { method: 'PUT' })).json()) as { readonly id: string; readonly webSocketDebuggerUrl: string };
    return {
      close: async () => { await fetch(`${tools}/close/${id}`).catch(() => {}); },
      async command(method, params = {}) {
        const socket = new WebSocket(webSocketDebuggerUrl);
        socket.once('open', () => { socket.send(JSON.stringify({ id: 1, method, params })); });
        const [answer] = (await once(socket, 'message')) as [Buffer];
        socket.terminate();
        return JSON.parse(answer.toString()) as unknown;
      },
    };
  }

  async #toolsPort(): Promise<string> {
    const file = join(this.#profile, 'DevToolsActivePort');
    for (let i = 0; i < 1800; i++) {
      const [port] = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : [];
      if (port !== undefined && port !== '') return port;
      await sleep(100);
    }
    throw new Error('Chromium did not start within 180 s');
  }

  kill(): void {
    // What it left goes with its guard; its number may be another's by now.
    if (this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = this.#process.exitCode === null && this.#process.signalCode === null ? once(this.#process, 'exit') : null;
    this.kill();
    await gone;
    this.#endGuard();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
