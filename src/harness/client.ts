import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceProcess, ProcessExit, Transport } from '../transport/transport.ts';
import { HarnessCrash, HarnessDisturbed, HarnessGarbage, HarnessHang, HarnessOutOfMemory, HarnessRefusal } from './faults.ts';
import { LineSplitter } from './lines.ts';
import { LogTail } from '../transport/log-tail.ts';
import { untilQuiet } from '../transport/until-quiet.ts';
import { type HarnessEvent, PROTOCOL_VERSION, type Request } from './protocol.ts';
import { type Batch, type ClientEvent, readEvent } from './read-event.ts';

export * from './faults.ts';
export type { Batch } from './read-event.ts';

/** The fields of one op's request without `op` and `id`. */
type FieldsOf<R> = R extends unknown ? Omit<R, 'op' | 'id'> : never;
export type LoadFields = FieldsOf<Extract<Request, { op: 'load' }>>;
export type InputsFields = FieldsOf<Extract<Request, { op: 'inputs' }>>;
export type RunFields = FieldsOf<Extract<Request, { op: 'run' }>>;
export type Hello = Extract<HarnessEvent, { event: 'hello' }>;

export interface HarnessOptions {
  /** Ends the harness; what is waited for rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** From the start of the process to its answer to `hello`. */
  readonly helloTimeoutMs: number;
  readonly memoryLimitBytes?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Each line that the harness prints beside the protocol, on stdout or stderr. */
  readonly onLog?: (line: string) => void;
}

interface Pending {
  readonly op: string;
  readonly id: number | null;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (event: ClientEvent) => void;
  readonly reject: (error: unknown) => void;
}

/** From the answer to `bye` to the end of the process. A native library's own clean-up at exit can hang; nothing is lost by killing it then. Longer than a busy machine holds a process up. */
const EXIT_MS = 10_000;

/**
 * One harness process. One request at a time, each with its timeout. Requests throw HarnessRefusal (the harness goes on), `run` also HarnessDisturbed (it goes on too), or, with the process dead and
 * nothing left of it: HarnessCrash, HarnessHang, HarnessGarbage, HarnessOutOfMemory, or the abort signal's reason. Leaving its scope kills the process.
 */
export class HarnessClient implements AsyncDisposable {
  readonly #process: DeviceProcess;
  readonly #options: HarnessOptions;
  readonly #log = new LogTail();
  /** Settles when the process is gone and its output is read. */
  readonly #ended: Promise<ProcessExit>;
  #pending: Pending | null = null;
  /** Why no request can be made any more. */
  #fault: { readonly error: unknown } | null = null;
  #hello: Hello | null = null;
  #nextId = 1;
  #bytes = 0;

  private constructor(process: DeviceProcess, options: HarnessOptions) {
    this.#process = process;
    this.#options = options;
    this.#ended = this.#follow();
  }

  /** Starts a harness app and greets it. Throws also ExecError when the program can't be started. */
  static async start(transport: Pick<Transport, 'exec'>, argv: readonly string[], options: HarnessOptions): Promise<HarnessClient> {
    const { signal, memoryLimitBytes, env, cwd } = options;
    const process = await transport.exec(argv, {
      signal, ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }), ...(env === undefined ? {} : { env }), ...(cwd === undefined ? {} : { cwd }),
    });
    const client = new HarnessClient(process, options);
    try {
      client.#hello = await client.#request('hello', { protocol: PROTOCOL_VERSION }, options.helloTimeoutMs, 'hello');
      if (client.#hello.protocol !== PROTOCOL_VERSION) throw new HarnessGarbage(`it speaks protocol ${client.#hello.protocol}, not ${PROTOCOL_VERSION}`, client.log);
    } catch (error) {
      await process.kill();
      throw error;
    }
    return client;
  }

  /** What the harness said of itself. */
  get hello(): Hello {
    if (this.#hello === null) throw new Error('the harness was not greeted');
    return this.#hello;
  }

  /** The end of what the harness printed beside the protocol. */
  get log(): string {
    return this.#log.toString();
  }

  /** The process, for whoever must see it end. */
  get process(): DeviceProcess {
    return this.#process;
  }

  async load(fields: LoadFields, timeoutMs: number): Promise<Extract<HarnessEvent, { event: 'loaded' }>> {
    return this.#request('load', fields, timeoutMs, 'loaded');
  }

  async inputs(fields: InputsFields, timeoutMs: number): Promise<Extract<HarnessEvent, { event: 'inputs' }>> {
    return this.#request('inputs', fields, timeoutMs, 'inputs');
  }

  async run(fields: RunFields, timeoutMs: number): Promise<Batch> {
    const batch = await this.#request('run', fields, timeoutMs, 'batch');
    if (batch.disturbance !== undefined) throw new HarnessDisturbed(batch.disturbance, this.log);
    const count = batch.latenciesNs.length;
    if (fields.scenario === 'server') {
      if (count !== fields.arrivalsNs.length) throw await this.#garbage(`${count} latencies for ${fields.arrivalsNs.length} arrivals`);
      if (batch.completionsNs === null) throw await this.#garbage('a server batch without completions');
    } else if (count === 0 || count > fields.count) throw await this.#garbage(`${count} latencies where 1 to ${fields.count} were asked for`);
    return batch;
  }

  async infer(fields: { readonly sample: number }, timeoutMs: number): Promise<Extract<HarnessEvent, { event: 'outputs' }>> {
    return this.#request('infer', fields, timeoutMs, 'outputs');
  }

  async placement(timeoutMs: number): Promise<Extract<HarnessEvent, { event: 'placement' }>> {
    return this.#request('placement', {}, timeoutMs, 'placement');
  }

  async memory(timeoutMs: number): Promise<Extract<HarnessEvent, { event: 'memory' }>> {
    return this.#request('memory', {}, timeoutMs, 'memory');
  }

  /** Asks the harness to end and waits until it did, with exit code 0. */
  async bye(timeoutMs: number): Promise<void> {
    await this.#request('bye', {}, timeoutMs, 'bye');
    const exitMs = this.#process.exitMs ?? EXIT_MS;
    const exit = await within(this.#ended, exitMs);
    if (exit === null) throw await this.#die(new HarnessHang('bye by leaving', exitMs, this.log));
    if (exit.exitCode !== 0) throw new HarnessCrash('bye', exit, this.log);
  }

  /** Sends one line as it is and gives the next event, whatever its id: for checking a harness app against bad input. */
  async sendLine(line: string, timeoutMs: number): Promise<ClientEvent> {
    return this.#exchange('a raw line', line, null, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
    await this.#ended;
  }

  async #request<E extends ClientEvent['event']>(op: Request['op'], fields: object, timeoutMs: number, answer: E): Promise<Extract<ClientEvent, { event: E }>> {
    const id = this.#nextId++;
    const event = await this.#exchange(op, JSON.stringify({ ...fields, op, id }), id, timeoutMs);
    if (event.event === 'error') throw new HarnessRefusal(event.code, event.message, this.log);
    if (event.event !== answer) throw await this.#garbage(`it answered ${op} with "${event.event}"`);
    return event as Extract<ClientEvent, { event: E }>;
  }

  async #exchange(op: string, line: string, id: number | null, timeoutMs: number): Promise<ClientEvent> {
    this.#options.signal.throwIfAborted();
    if (this.#fault !== null) throw this.#fault.error;
    if (this.#pending !== null) throw new Error(`harness client: ${op} was asked for while ${this.#pending.op} is under way`);
    return new Promise<ClientEvent>((resolve, reject) => {
      const timer = setTimeout(() => void this.#die(new HarnessHang(op, timeoutMs, this.log)), timeoutMs);
      this.#pending = { op, id, timer, resolve, reject };
      // A process that no longer reads is ended; its end is what the request then reports.
      this.#process.write(`${line}\n`).catch(() => this.#process.kill());
    });
  }

  /** Kills the process, then rejects what is waited for. Gives the error that stays. */
  async #die(error: unknown): Promise<unknown> {
    this.#fault ??= { error };
    await this.#process.kill();
    await this.#ended;
    return this.#fault.error;
  }

  #garbage(what: string): Promise<unknown> {
    return this.#die(new HarnessGarbage(what, this.log));
  }

  async #follow(): Promise<ProcessExit> {
    const reading = Promise.all([this.#readLines(this.#process.stdout, (line) => this.#take(line)), this.#readLines(this.#process.stderr, (line) => this.#note(line))]);
    const exit = await this.#process.exited;
    await untilQuiet(reading, () => this.#bytes);
    const pending = this.#pending;
    // What was killed for its silence may have been silent because its device was gone.
    if (exit.lost !== undefined && this.#fault?.error instanceof HarnessHang) this.#fault = { error: exit.lost };
    this.#fault ??= { error: this.#faultOf(exit, pending?.op ?? 'a pause') };
    this.#settle((waiting) => waiting.reject(this.#fault?.error));
    return exit;
  }

  #faultOf({ killedFor, lost, ...exit }: ProcessExit, during: string): unknown {
    if (lost !== undefined) return lost;
    if (killedFor === 'memory') return new HarnessOutOfMemory(during, this.#options.memoryLimitBytes ?? 0, this.log);
    if (killedFor === 'abort') return this.#options.signal.reason;
    return new HarnessCrash(during, exit, this.log);
  }

  async #readLines(stream: AsyncIterable<Uint8Array>, take: (line: string) => void): Promise<void> {
    const lines = new LineSplitter();
    try {
      for await (const chunk of stream) {
        this.#bytes += chunk.length;
        for (const line of lines.push(chunk)) take(line);
      }
      const rest = lines.end();
      if (rest !== null) this.#note(rest);
    } catch (error) {
      void this.#garbage(error instanceof Error ? error.message : String(error));
    }
  }

  #take(line: string): void {
    if (line === '') return;
    let value: unknown;
    try {
      value = line.startsWith('{') ? JSON.parse(line) : null;
    } catch {
      value = null;
    }
    if (typeof value !== 'object' || value === null) {
      this.#note(line);
      return;
    }
    try {
      this.#answer(readEvent(value));
    } catch (error) {
      void this.#garbage(error instanceof Error ? error.message : String(error));
    }
  }

  #answer(event: ClientEvent): void {
    const pending = this.#pending;
    // A fault was found already: what still comes in while the process is being ended is not news.
    if (this.#fault !== null) return;
    if (pending === null) throw new Error(`"${event.event}" came without a request`);
    if (pending.id !== null && event.id !== pending.id && !(event.event === 'error' && event.id === null)) {
      throw new Error(`"${event.event}" has id ${event.id}, but request ${pending.id} (${pending.op}) is under way`);
    }
    this.#settle((waiting) => waiting.resolve(event));
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    if (pending === null) return;
    clearTimeout(pending.timer);
    this.#pending = null;
    how(pending);
  }

  #note(line: string): void {
    if (line === '') return;
    this.#log.add(line);
    this.#options.onLog?.(line);
  }
}

/** Null when it takes longer. */
async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, sleep(Math.max(0, timeoutMs), null, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
