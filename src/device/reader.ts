import { randomBytes } from 'node:crypto';
import { LineSplitter } from '../harness/lines.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import type { DeviceProcess, Transport } from '../transport/transport.ts';
import type { Reading } from './file-tree.ts';
import { READER_SCRIPT } from './reader-script.ts';

/** Far more than any file or command here prints; a device that sends more is answering something else. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;
/** Lines that are none of the reader's own, in one answer: a device may mix in a banner, but not its log. */
const MAX_GARBAGE_LINES = 1000;

/** What was read of a device. */
export interface ReaderAnswer {
  /** The device's uptime when the reading began, ns, in steps of 10 ms; null when it was not asked for or not told. */
  readonly uptimeNs: number | null;
  /** By path, without the leading slash. */
  readonly files: ReadonlyMap<string, Reading>;
  /** What each command printed. */
  readonly outputs: readonly string[];
  /** Lines that were none of the reader's own. */
  readonly garbageLines: number;
}

export interface ReaderOptions {
  readonly signal: AbortSignal;
  /** Stands before all paths; empty for the device's own files. */
  readonly root: string;
  readonly timeoutMs?: number;
}

interface Pending {
  readonly id: string;
  readonly resolve: (answer: ReaderAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly answer: AnswerBuilder;
  readonly timer: NodeJS.Timeout;
}

/** Long enough for `dumpsys` on a busy phone. */
const TIMEOUT_MS = 20_000;

/** One process on a device that reads its files when asked. Requests wait for each other. After a fault every request throws it. */
export class DeviceReader implements AsyncDisposable {
  readonly #process: DeviceProcess;
  readonly #device: string;
  readonly #root: string;
  readonly #nonce: string;
  readonly #timeoutMs: number;
  #turn: Promise<unknown> = Promise.resolve();
  #pending: Pending | null = null;
  #fault: Error | null = null;
  #nextId = 1;

  private constructor(process: DeviceProcess, device: string, nonce: string, { root, timeoutMs = TIMEOUT_MS }: ReaderOptions) {
    this.#process = process;
    this.#device = device;
    this.#nonce = nonce;
    this.#root = root;
    this.#timeoutMs = timeoutMs;
    void this.#follow();
  }

  /** Throws ExecError and TransportFault. The process ends with `close`, the signal, or this process. */
  static async start(transport: Transport, options: ReaderOptions): Promise<DeviceReader> {
    const nonce = randomBytes(4).toString('hex');
    const process = await transport.exec(['sh', '-c', READER_SCRIPT, 'paddock-reader', options.root, nonce], { signal: options.signal });
    return new DeviceReader(process, transport.name, nonce, options);
  }

  /** The process's id on the device, where the transport tells it. */
  get pid(): number | null {
    return this.#process.pid;
  }

  /** Asks with lines of the script's language and waits for all of their answers. Throws TransportFault. */
  ask(lines: readonly string[]): Promise<ReaderAnswer> {
    const answer = this.#turn.then(() => this.#exchange(lines));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.#fault ??= new TransportFault('lost', this.#device, 'the reader was closed');
    this.#process.closeInput();
    await this.#process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #exchange(lines: readonly string[]): Promise<ReaderAnswer> {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    const id = String(this.#nextId++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#die(new TransportFault('timeout', this.#device, `it did not answer within ${this.#timeoutMs / 1000} s`)), this.#timeoutMs);
      this.#pending = { id, resolve, reject, timer, answer: new AnswerBuilder(this.#root) };
      // A path with a line end can't be asked for; none of the kernel's has one.
      const text = [...lines.filter((line) => !line.includes('\n')), `mark ${id}`].map((line) => `${line}\n`).join('');
      this.#process.write(text).catch(() => this.#die(new TransportFault('lost', this.#device, 'the reader no longer reads')));
    });
  }

  #settle(): Pending | null {
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) clearTimeout(pending.timer);
    return pending;
  }

  #die(fault: Error): void {
    this.#fault ??= fault;
    this.#settle()?.reject(this.#fault);
    void this.#process.kill();
  }

  async #follow(): Promise<void> {
    const errors = drain(this.#process.stderr);
    try {
      const lines = new LineSplitter(MAX_LINE_BYTES);
      for await (const chunk of this.#process.stdout) for (const line of lines.push(chunk)) this.#take(line);
    } catch (error) {
      this.#die(new TransportFault('garbage', this.#device, error instanceof Error ? error.message : String(error)));
    }
    const exit = await this.#process.exited;
    await errors;
    this.#die(exit.lost ?? new TransportFault('lost', this.#device, `the reader ended (${exit.signal ?? `exit code ${exit.exitCode ?? 'unknown'}`})`));
  }

  #take(line: string): void {
    const pending = this.#pending;
    if (pending === null) return;
    if (!line.startsWith(`${this.#nonce} `)) {
      if (pending.answer.garbage(line)) return;
      this.#die(new TransportFault('garbage', this.#device, `it sends lines that nobody asked for, as ${JSON.stringify(line.slice(0, 80))}`));
      return;
    }
    const rest = line.slice(this.#nonce.length + 1);
    if (rest === `. ${pending.id}`) {
      this.#settle()?.resolve(pending.answer.done());
      return;
    }
    if (!pending.answer.take(rest)) this.#die(new TransportFault('garbage', this.#device, `its answer has more than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`));
  }
}

/** Puts an answer together from its lines. */
class AnswerBuilder {
  readonly #prefix: string;
  readonly #texts: { readonly path: string | null; readonly lines: string[]; closed: boolean }[] = [];
  #uptimeNs: number | null = null;
  #bytes = 0;
  #garbage = 0;

  constructor(root: string) {
    this.#prefix = `${root}/`;
  }

  /** False when there was too much of it. */
  garbage(line: string): boolean {
    this.#bytes += line.length;
    return ++this.#garbage <= MAX_GARBAGE_LINES && this.#bytes <= MAX_ANSWER_BYTES;
  }

  /** False when the answer is too long. */
  take(line: string): boolean {
    this.#bytes += line.length;
    const sort = line[0];
    const text = line.slice(2);
    const open = this.#texts.at(-1);
    if (sort === 't') this.#uptimeNs = uptimeNs(text);
    else if (sort === 'c') this.#texts.push({ path: null, lines: [], closed: false });
    else if (sort === 'f') this.#texts.push({ path: text.startsWith(this.#prefix) ? text.slice(this.#prefix.length) : text, lines: [], closed: false });
    else if (sort === 'l') open?.lines.push(text.endsWith('\r') ? text.slice(0, -1) : text);
    else if (sort === 'x' && open !== undefined) open.closed = true;
    return this.#bytes <= MAX_ANSWER_BYTES;
  }

  done(): ReaderAnswer {
    const files = new Map<string, Reading>();
    for (const { path, lines, closed } of this.#texts) {
      if (path !== null) files.set(path, closed ? { absent: `${this.#prefix}${path} can't be read by this user, or is gone` } : { text: lines.join('\n') });
    }
    return { uptimeNs: this.#uptimeNs, files, outputs: this.#texts.filter(({ path }) => path === null).map(({ lines }) => lines.join('\n')), garbageLines: this.#garbage };
  }
}

/** `12345.67` seconds, ns. */
function uptimeNs(text: string): number | null {
  return /^\d{1,12}\.\d{1,9}$/.test(text) ? Math.round(Number(text) * 1e9) : null;
}

async function drain(stream: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of stream) void chunk;
  } catch {
    // The way to the device is told by `exited`.
  }
}
