import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import { CLOSE } from './page-socket.ts';
import { TransportFault } from './transport-fault.ts';
import type { DeviceProcess, KillReason, ProcessExit } from './transport.ts';

/** A page that answers no ping for so long is gone: its device sleeps, or the network is cut. The browser answers beside the page's own threads, so a busy page does. */
const PING_MS = 5000;
const SILENCE_MS = 20_000;
/** From a close frame to its answer. */
const CLOSE_MS = 2000;
/** Output that is kept for a reader who is behind. */
const READ_AHEAD_BYTES = 1 << 20;

/** RFC 6455 7.4.1. */
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;
const CUT = 1006;

/** A harness in a page: lines go in and out as messages of its WebSocket, and the page's life is the process's. */
export class PageProcess implements DeviceProcess {
  readonly pid = null;
  readonly stdout: Readable;
  readonly stderr: Readable = Readable.from([]);
  readonly exited: Promise<ProcessExit>;
  readonly #socket: WebSocket;
  readonly #device: string;
  readonly #exit = Promise.withResolvers<ProcessExit>();
  #ending: 'input-closed' | 'killed' | null = null;
  #killedFor: KillReason | null = null;
  #lost: TransportFault | null = null;
  #gone = false;
  #heardMs = performance.now();

  constructor(socket: WebSocket, device: string, signal: AbortSignal) {
    this.#socket = socket;
    this.#device = device;
    this.exited = this.#exit.promise;
    this.stdout = new Readable({ highWaterMark: READ_AHEAD_BYTES, read: () => { socket.resume(); } });
    // A reader who leaves early has had enough; that is no error.
    this.stdout.on('error', () => {});
    socket.on('message', (data, isBinary) => { this.#take(data, isBinary); });
    socket.on('pong', () => { this.#heardMs = performance.now(); });
    // `close` follows. What breaks the WebSocket protocol or its bounds is told only here.
    socket.on('error', (error: Error & { readonly code?: string }) => {
      if (error.code?.startsWith('WS_ERR_') === true) this.#lost ??= new TransportFault('garbage', device, error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'the page sent a line longer than the protocol allows' : `the page broke the WebSocket protocol: ${error.message}`);
    });
    const watch = setInterval(() => { this.#ping(); }, PING_MS);
    const onAbort = (): void => {
      this.#killedFor ??= 'abort';
      void this.kill();
    };
    socket.once('close', (code, reason) => {
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      this.#settle(code, reason.toString('utf8'));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  }

  async write(text: string): Promise<void> {
    if (this.#gone) throw new Error('the page has left');
    await new Promise<void>((resolve, reject) => {
      this.#socket.send(text, (error) => { if (error) reject(error); else resolve(); });
    });
  }

  closeInput(): void {
    this.#ending ??= 'input-closed';
    void this.#close(CLOSE.inputClosed);
  }

  async kill(): Promise<void> {
    if (this.#gone) return;
    // One whose connection ended a moment ago was not killed: that it fell is what is to be told.
    if (this.#socket.readyState === this.#socket.OPEN) this.#ending ??= 'killed';
    await this.#close(CLOSE.killed);
  }

  /** Ends it with this fault: whoever holds the browser has learnt that the page is no more. */
  lose(fault: TransportFault): void {
    if (this.#gone) return;
    this.#lost ??= fault;
    this.#socket.terminate();
  }

  async #close(code: number): Promise<void> {
    // From here on nobody may be reading; what is still on its way must not hold up the close.
    this.#socket.resume();
    this.#socket.close(code);
    const grace = new AbortController();
    await Promise.race([this.exited, sleep(CLOSE_MS, undefined, { signal: grace.signal, ref: false }).catch(() => {})]);
    grace.abort();
    if (!this.#gone) this.#socket.terminate();
    await this.exited;
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#ending !== null || this.#lost !== null) return;
    if (isBinary || !Buffer.isBuffer(data)) {
      this.#socket.close(UNSUPPORTED_DATA, 'only text');
      return;
    }
    if (!this.stdout.push(data.at(-1) === 0x0a ? data : Buffer.concat([data, Buffer.from('\n')]))) this.#socket.pause();
  }

  #ping(): void {
    if (performance.now() - this.#heardMs > SILENCE_MS) this.lose(new TransportFault('timeout', this.#device, `the page answered no ping for ${SILENCE_MS / 1000} s: its device sleeps, or the network is cut`));
    else this.#socket.ping();
  }

  #settle(code: number, reason: string): void {
    this.#gone = true;
    this.stdout.push(null);
    const ended = { signal: null, killedFor: this.#killedFor };
    if (this.#lost !== null) this.#exit.resolve({ ...ended, exitCode: null, lost: this.#lost });
    else if (this.#ending === 'killed') this.#exit.resolve({ ...ended, exitCode: null, signal: 'SIGKILL' });
    else if (code === CLOSE.done || this.#ending === 'input-closed') this.#exit.resolve({ ...ended, exitCode: 0 });
    else if (code === CLOSE.crashed) this.#exit.resolve({ ...ended, exitCode: 1 });
    else this.#exit.resolve({ ...ended, exitCode: null, lost: this.#faultOf(code, reason) });
  }

  #faultOf(code: number, reason: string): TransportFault {
    if (code === GOING_AWAY) return new TransportFault('lost', this.#device, 'the page was left or reloaded, or its tab was closed');
    if (code === CLOSE.frozen) return new TransportFault('lost', this.#device, 'the browser froze the page: its screen was locked, or another app or tab was in front');
    if (code === CUT) return new TransportFault('lost', this.#device, 'the page\'s connection was cut: the browser or its tab ended, or the network did');
    if (code === UNSUPPORTED_DATA) return new TransportFault('garbage', this.#device, 'the page sent what is no text');
    return new TransportFault('lost', this.#device, `the page closed its connection (code ${code}${reason === '' ? '' : `, ${JSON.stringify(reason)}`})`);
  }
}
