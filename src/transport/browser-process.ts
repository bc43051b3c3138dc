import type { BrowserSession } from './browser-session.ts';
import { TransportFault } from './transport-fault.ts';
import type { DeviceProcess, ProcessExit } from './transport.ts';

/** A look at the page, and the navigation away from it: 1 to 4 s by Appium on a phone; a browser that hangs is ended after 5 s. */
const EXIT_MS = 15_000;

export interface BrowserProcessOptions {
  /** For messages. */
  readonly device: string;
  readonly session: BrowserSession;
  /** Calls back, at most once, when the page is beyond its memory, having ended it; gives what ends the watch. */
  readonly watchMemory: (exceeded: () => void) => () => void;
  /** Takes the page away, whatever state it is in. Never throws. */
  readonly leave: () => Promise<void>;
}

/** A page's harness as a process whose end is explained by the browser, and whose page is gone when it has ended. */
export class BrowserProcess implements DeviceProcess {
  readonly pid = null;
  readonly exitMs = EXIT_MS;
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly exited: Promise<ProcessExit>;
  readonly #page: DeviceProcess;
  readonly #options: BrowserProcessOptions;
  #isOverMemory = false;

  constructor(page: DeviceProcess, options: BrowserProcessOptions) {
    this.#page = page;
    this.#options = options;
    this.stdout = page.stdout;
    this.stderr = page.stderr;
    const endWatch = options.watchMemory(() => { this.#isOverMemory = true; });
    this.exited = page.exited.then(async (exit) => {
      endWatch();
      const explained = await this.#explain(exit);
      await options.leave();
      return explained;
    });
  }

  write(text: string): Promise<void> {
    return this.#page.write(text);
  }

  closeInput(): void {
    this.#page.closeInput();
  }

  async kill(): Promise<void> {
    await this.#page.kill();
    await this.exited;
  }

  /** The page's host only knows that the connection ended; the browser knows more. */
  async #explain(exit: ProcessExit): Promise<ProcessExit> {
    const { device, session } = this.#options;
    if (this.#isOverMemory) return { exitCode: null, signal: 'SIGKILL', killedFor: 'memory' };
    const { lost, ...ended } = exit;
    if (lost === undefined) return exit.killedFor === null && exit.signal !== null ? this.#killed(exit) : exit;
    const state = await session.look();
    // Out of its own memory, or a fault of the engine: what a crash is to a process.
    if (state.kind === 'tab-crashed') return { ...ended, signal: 'a crash of its tab' };
    if (state.kind === 'lost') return { ...ended, lost: state.fault };
    const trouble = await session.phoneTrouble();
    return trouble === null ? exit : { ...ended, lost: new TransportFault('lost', device, `${trouble} (${lost.message})`, lost) };
  }

  /** One that was killed because it said no more: behind a lock screen no page runs. */
  async #killed(exit: ProcessExit): Promise<ProcessExit> {
    const { device, session } = this.#options;
    const trouble = await session.phoneTrouble();
    return trouble === null ? exit : { ...exit, lost: new TransportFault('lost', device, `${trouble} (its page said no more)`) };
  }
}
