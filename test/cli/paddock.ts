import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as z from 'zod';
import { caseResultSchema, runInfoSchema, type CaseResult } from '../../src/domain/result.ts';
import { onnxFile } from '../fixtures/cli/onnx-file.ts';

export const PADDOCK = new URL('../../dist/paddock.mjs', import.meta.url).pathname;
export const DOUBLE = new URL('../fixtures/cli/double.mjs', import.meta.url).pathname;
/** Only against what hangs. */
const TIMEOUT_MS = 240_000;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another program in front, as in `setpriv`. */
  readonly before?: readonly string[];
  /** For what takes longer than most commands, ms. */
  readonly timeoutMs?: number;
  /** Sent once stderr matches. */
  readonly interrupt?: { readonly signal: NodeJS.Signals; readonly when: RegExp };
}

/** A folder with a good model in it, where command lines are run: with its own cache and its own locks, so that tests do not wait for each other. */
export class Place implements Disposable {
  readonly folder: string;
  /** Every process started from here, and what it starts, carries this in its environment. */
  readonly #mark = randomUUID();

  constructor(name = 'paddock cli ') {
    this.folder = mkdtempSync(join(tmpdir(), name));
    mkdirSync(this.path('tmp'));
    this.write('good.onnx', onnxFile({ operator: 'Identity' }));
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Runs the built command line to its end. */
  async call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
    const [program = process.execPath, ...rest] = [...(options.before ?? []), process.execPath, PADDOCK, ...args];
    const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...environment } = process.env;
    const child = spawn(program, rest, {
      cwd: options.cwd ?? this.folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: options.timeoutMs ?? TIMEOUT_MS, killSignal: 'SIGKILL',
      env: { ...environment, XDG_CACHE_HOME: this.path('cache'), TMPDIR: this.path('tmp'), PADDOCK_LEASE_FOLDER: this.path('tmp', 'paddock-lease'), PADDOCK_TEST_MARK: this.#mark, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    let told = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (!told && options.interrupt?.when.test(stderr) === true) {
        told = true;
        child.kill(options.interrupt.signal);
      }
    });
    const code = await new Promise<number | null>((done, fail) => { child.once('error', fail).once('close', done); });
    return { code, stdout, stderr };
  }

  /** `paddock run` of a suite text; its rows by case key's model (or runtime) come from results.json. */
  async run(suite: string, args: readonly string[] = [], options: CallOptions = {}): Promise<RunOutcome> {
    const outcome = await this.call(['run', this.write('suite.yaml', suite), '--out', this.path('out'), '--db', this.path('store.sqlite'), ...args], options);
    const file = this.path('out', 'results.json');
    return { ...outcome, results: existsSync(file) ? readResults(file) : [] };
  }

  /** Command lines of processes from here that still run. */
  leftOver(): string[] {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.#mark) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface RunOutcome extends Outcome {
  readonly results: CaseResult[];
}

const resultsSchema = z.object({ run: runInfoSchema, results: z.array(caseResultSchema) });

export function readResults(file: string): CaseResult[] {
  return resultsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).results;
}

/** The row of one model, or of one runtime. */
export function rowOf(results: readonly CaseResult[], id: string): CaseResult {
  const found = results.find((result) => result.case.model === id || result.case.runtime === id);
  if (found === undefined) throw new Error(`results.json has no row of ${id}; it has ${results.map((result) => result.key).join(', ')}`);
  return found;
}

export interface SuiteParts {
  readonly models?: string;
  readonly runtimes?: string;
  readonly more?: string;
}

export const GOOD_MODEL = '{ id: good, variants: [{ id: v, file: good.onnx }] }';

/** A suite that ends within seconds, and waits for nothing. */
export function suiteText({ models = `[${GOOD_MODEL}]`, runtimes = '[{ id: onnxruntime }]', more = '' }: SuiteParts = {}): string {
  return `suite: s
models: ${models}
runtimes: ${runtimes}
workloads: [{ id: w, scenario: single-stream }]
measure: { launches: 1, maxLaunches: 1, minSeconds: 0.1, maxSeconds: 0.3 }
gates: none
${more}
`;
}

/** What holds for every command line, whatever is wrong: no stack, no fault of its own, no control characters where nobody asked for colour. */
export function expectClean({ stdout, stderr }: Outcome): void {
  expect(stderr).not.toMatch(/^\s+at .+:\d+/m);
  expect(stderr).not.toContain('fault of Paddock');
  // eslint-disable-next-line no-control-regex
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
}
