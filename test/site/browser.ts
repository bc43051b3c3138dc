import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe'];
const TIMEOUT_MS = 180_000;
const KEY_CODES: Readonly<Record<string, number>> = { Tab: 9, End: 35, Home: 36, ArrowLeft: 37, ArrowRight: 39 };

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A Chromium that is spoken to over a pipe (no port), in the DevTools protocol. */
export class Browser implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #listeners = new Set<(answer: Answer) => void>();
  #next = 1;
  #rest = '';

  private constructor(child: ChildProcess, folder: string) {
    this.process = child;
    this.#folder = folder;
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const messages = (this.#rest + text).split('\0');
      this.#rest = messages.pop() ?? '';
      for (const message of messages) this.#receive(JSON.parse(message) as Answer);
    });
  }

  static async start(program: string, flags: readonly string[] = []): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), 'paddock-chromium-'));
    const child = spawn(program, [...FLAGS, ...flags, `--user-data-dir=${folder}`], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    return new Browser(child, folder);
  }

  /** Sends a command and gives its result. */
  async send(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    const id = this.#next++;
    const answered = new Promise<Answer>((done, fail) => {
      const timer = setTimeout(() => { fail(new Error(`${method}: no answer within ${TIMEOUT_MS / 1000} s`)); }, TIMEOUT_MS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        done(answer);
      });
    });
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  listen(listener: (answer: Answer) => void): void {
    this.#listeners.add(listener);
  }

  /** A new tab of this size in CSS pixels, which takes keys as if it were in front. */
  async tab(size: { readonly width: number; readonly height: number } = { width: 1200, height: 900 }): Promise<Tab> {
    const { targetId } = (await this.send('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
    const { sessionId } = (await this.send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string };
    const tab = new Tab(this, sessionId);
    await tab.resize(size.width, size.height);
    await tab.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    return tab;
  }

  #receive(answer: Answer): void {
    if (answer.id !== undefined) {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
      return;
    }
    for (const listener of this.#listeners) listener(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((done) => { this.process.once('exit', done); });
    this.process.kill('SIGKILL');
    await gone;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** One page, and what it complained of. */
export class Tab {
  readonly complaints: string[] = [];
  readonly requests: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;
  #ready: Promise<unknown>;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(({ sessionId, method, params }) => {
      if (sessionId !== session) return;
      if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params));
      if (method === 'Network.requestWillBeSent') this.requests.push((params as { request: { url: string } }).request.url);
    });
    this.#ready = Promise.all(['Page.enable', 'Runtime.enable', 'Log.enable', 'Network.enable'].map((each) => this.send(each)));
  }

  send(method: string, params: object = {}): Promise<unknown> {
    return this.#browser.send(method, params, this.#session);
  }

  /** Opens an address and waits until the view is drawn, with what it loads late. */
  async open(url: string): Promise<void> {
    await this.#ready;
    await this.send('Page.navigate', { url: 'about:blank' });
    await this.send('Page.navigate', { url });
    await this.drawn();
  }

  /** Waits until the page says that it drew what the address asks for. */
  async drawn(): Promise<void> {
    await this.until(`document.documentElement.dataset.view === 'drawn'`);
  }

  async until(condition: string): Promise<void> {
    const endMs = Date.now() + TIMEOUT_MS;
    for (;;) {
      // A page that is just being replaced can't answer.
      if (await this.evaluate(condition).catch(() => false) === true) return;
      if (Date.now() > endMs) throw new Error(`not within ${TIMEOUT_MS / 1000} s: ${condition}; the page: ${String(await this.evaluate('document.body.innerText.slice(0, 500)'))}`);
      await new Promise((done) => { setTimeout(done, 25); });
    }
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })) as { result: { value: unknown }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  async text(selector = 'main'): Promise<string> {
    return String(await this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`));
  }

  async resize(width: number, height: number): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  async press(key: string): Promise<void> {
    // Without its number, a key is told to the page only, and moves no focus.
    const windowsVirtualKeyCode = KEY_CODES[key] ?? 0;
    await this.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key, code: key, windowsVirtualKeyCode });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key, windowsVirtualKeyCode });
  }
}
