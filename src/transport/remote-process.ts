import { PassThrough, type Readable } from 'node:stream';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MOST_BANNER_BYTES } from './ask-device.ts';
import type { Channel } from './channel.ts';
import { MarkedOutput } from './marked-output.ts';
import type { DeviceProcess, KillReason, ProcessExit } from './transport.ts';
import { TransportFault } from './transport-fault.ts';
import { untilQuiet } from './until-quiet.ts';

/** What the session does for its processes. */
export interface ProcessKeeper {
  readonly device: string;
  /** Sends a signal to a process group on the device; settles when it was sent. */
  signalGroup(pid: number, signal: 'term' | 'kill'): Promise<void>;
  /** Aborted with a TransportFault when the way to the device is lost. */
  readonly lost: AbortSignal;
}

/** Why a program did not start, in the words of the EXEC script. */
export type StartRefusal = 'boot' | 'session' | 'folder' | 'program';

export class StartRefused extends Error {
  readonly why: StartRefusal;
  constructor(why: StartRefusal) {
    super(why);
    this.why = why;
  }
}

/** How long a process may take to end after SIGTERM before it gets SIGKILL, as on this machine. */
const TERM_GRACE_MS = 2000;
/** From SIGKILL to the word that it is gone; when that does not come, the connection is given up. */
const KILL_MS = 15_000;
/** Output that is kept for a reader who is behind, per stream. */
const READ_AHEAD_BYTES = 1 << 20;

/** Signals of Linux, as a shell folds them into an exit code above 128 (signal(7)). */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL', 10: 'SIGUSR1', 11: 'SIGSEGV', 12: 'SIGUSR2', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM',
  24: 'SIGXCPU', 25: 'SIGXFSZ', 31: 'SIGSYS',
};

/**
 * A program that the EXEC script runs. A shell tells a signal only as an exit code of 128 and its number, so a program that itself exits with such a code is taken
 * for one that the signal ended.
 */
export class RemoteProcess implements DeviceProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  readonly #channel: Channel;
  readonly #keeper: ProcessKeeper;
  readonly #begun = Promise.withResolvers<number>();
  readonly #exit = Promise.withResolvers<ProcessExit>();
  #pid: number | null = null;
  #killedFor: KillReason | null = null;
  #killing: Promise<void> | null = null;
  #gone = false;
  #draining = false;
  #bytes = 0;

  constructor(channel: Channel, mark: string, keeper: ProcessKeeper) {
    this.#channel = channel;
    this.#keeper = keeper;
    const stdout = new PassThrough({ highWaterMark: READ_AHEAD_BYTES });
    const stderr = new PassThrough({ highWaterMark: READ_AHEAD_BYTES });
    // A reader who leaves early has had enough; that is no error.
    for (const stream of [stdout, stderr]) stream.on('error', () => {});
    this.stdout = stdout;
    this.stderr = stderr;
    this.exited = this.#exit.promise;
    this.#begun.promise.catch(() => {});
    const reading = Promise.all([
      this.#pump(channel.stdout, new MarkedOutput(mark, () => {}), stdout),
      this.#pump(channel.stderr, new MarkedOutput(mark, (text) => this.#heard(text)), stderr),
    ]);
    const onLost = (): void => this.#settle({ exitCode: null, signal: null, killedFor: this.#killedFor, lost: lostBy(keeper) });
    if (keeper.lost.aborted) onLost();
    else keeper.lost.addEventListener('abort', onLost, { once: true });
    void reading.then(() => this.#settle({ exitCode: null, signal: null, killedFor: this.#killedFor, lost: new TransportFault('lost', keeper.device, 'the connection ended before the program did') }));
    void this.exited.then(async () => {
      keeper.lost.removeEventListener('abort', onLost);
      await untilQuiet(reading, () => this.#bytes);
      channel.destroy();
      stdout.end();
      stderr.end();
    });
  }

  get pid(): number | null {
    return this.#pid;
  }

  /** Settles when it runs. Throws StartRefused, TransportFault, or the signal's reason; then nothing of it is left. */
  async started(signal: AbortSignal, timeoutMs: number): Promise<void> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new TransportFault('timeout', this.#keeper.device, `nothing was started within ${timeoutMs / 1000} s`)), timeoutMs);
    const either = AbortSignal.any([signal, limit.signal]);
    const onAbort = (): void => this.#begun.reject(either.reason);
    either.addEventListener('abort', onAbort, { once: true });
    if (either.aborted) onAbort();
    try {
      await this.#begun.promise;
    } catch (error) {
      // The script ends the program when its own channel goes; where it can't, the session does.
      if (this.#pid !== null) await this.kill();
      this.#channel.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      either.removeEventListener('abort', onAbort);
    }
  }

  /** Ends it when the signal is aborted, and says so in `exited`. */
  endOn(signal: AbortSignal): void {
    const onAbort = (): void => {
      this.#killedFor ??= 'abort';
      void this.kill();
    };
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort, { once: true });
      void this.exited.then(() => signal.removeEventListener('abort', onAbort));
    }
  }

  async write(text: string): Promise<void> {
    if (this.#gone) throw new Error('the program has ended');
    await this.#channel.write(Buffer.from(text));
  }

  closeInput(): void {
    if (!this.#gone) this.#channel.end();
  }

  async kill(): Promise<void> {
    this.#killing ??= this.#terminate();
    return this.#killing;
  }

  async #terminate(): Promise<void> {
    if (this.#gone || this.#pid === null) return;
    // From here on nobody may be reading; its last words must not hold up the word that it is gone.
    this.#draining = true;
    this.stdout.emit('drain');
    this.stderr.emit('drain');
    for (const [signal, patienceMs] of [['term', TERM_GRACE_MS], ['kill', KILL_MS]] as const) {
      // A session that can't send it any more is lost, which settles `exited`.
      await this.#keeper.signalGroup(this.#pid, signal).catch(() => {});
      const timer = new AbortController();
      await Promise.race([this.exited, sleep(patienceMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
      if (this.#gone) return;
    }
    this.#settle({ exitCode: null, signal: null, killedFor: this.#killedFor, lost: new TransportFault('timeout', this.#keeper.device, `process ${this.#pid} was killed, but the device does not say that it is gone`) });
  }

  #heard(text: string): void {
    const [word, what = '', more = ''] = text.split(' ');
    if (word === 'start' && /^[1-9]\d{0,9}$/.test(what)) {
      this.#pid = Number(what);
      this.#begun.resolve(this.#pid);
    } else if (word === 'fail' && (what === 'boot' || what === 'session' || what === 'folder' || what === 'program')) {
      this.#begun.reject(new StartRefused(what));
    } else if (word === 'exit' && /^\d{1,3}$/.test(what)) {
      const code = Number(what);
      const signal = SIGNALS[code - 128];
      if (more === 'memory') this.#killedFor ??= 'memory';
      this.#settle({ exitCode: signal === undefined ? code : null, signal: signal ?? null, killedFor: this.#killedFor });
    }
  }

  #settle(exit: ProcessExit): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#draining = true;
    this.#begun.reject(exit.lost ?? new TransportFault('lost', this.#keeper.device, 'the program ended before it was said to run'));
    this.#exit.resolve(exit);
  }

  async #pump(from: AsyncIterable<Uint8Array>, marked: MarkedOutput, to: PassThrough): Promise<void> {
    try {
      for await (const chunk of from) {
        this.#bytes += chunk.length;
        const own = marked.push(chunk);
        if (marked.skippedBytes > MOST_BANNER_BYTES) {
          this.#begun.reject(new TransportFault('garbage', this.#keeper.device, 'what answers is no POSIX shell'));
          break;
        }
        if (own.length > 0 && !to.writableEnded && !to.destroyed && !to.write(own) && !this.#draining) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
      const rest = marked.end();
      if (rest.length > 0 && !to.writableEnded) to.write(rest);
    } catch {
      // The connection broke. `exited` says so.
    }
  }
}

function lostBy({ lost, device }: ProcessKeeper): TransportFault {
  return lost.reason instanceof TransportFault ? lost.reason : new TransportFault('lost', device, 'the connection was closed', lost.reason);
}
