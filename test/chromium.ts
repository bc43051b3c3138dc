import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacks } from './lacks.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const lacksChromium = lacks('Chromium', existsSync(CHROMIUM), 'apt-get install chromium');

/** As a browser in a container must be started, and so that it fetches nothing of its own. */
const FLAGS = [
  '--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars',
  '--disable-breakpad', '--password-store=basic',
];
/** WebGPU on SwiftShader, Chromium's software Vulkan. */
export const SOFTWARE_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** A Chromium of its own with a fresh profile, showing a page. Leaving the scope ends it and everything it started. */
export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;

  constructor(url: string, flags: readonly string[] = []) {
    this.#profile = mkdtempSync(join(tmpdir(), 'paddock-chromium-'));
    this.#process = spawn(CHROMIUM, [...FLAGS, ...flags, `--user-data-dir=${this.#profile}`, url], { stdio: 'ignore', detached: true });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  kill(): void {
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
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
