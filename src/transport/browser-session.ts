import { setTimeout as sleep } from 'node:timers/promises';
import { AppiumPhone } from './appium-phone.ts';
import { proxyWords } from './loopback-proxy.ts';
import { isOffline, phonePlatform } from './phone-answers.ts';
import { PhoneCommandError } from './phone-commands.ts';
import { type CapabilityValue, SessionSecrets } from './session-secrets.ts';
import { TransportFault, type TransportFaultKind } from './transport-fault.ts';

type Client = Awaited<ReturnType<typeof import('webdriverio').remote>>;

/** Commands that compute nothing answer in milliseconds; a phone that was asleep took seconds. */
const COMMAND_MS = 20_000;
const MAX_WORDS = 1000;
/** Appium ends a session that gets no command for 60 s (`newCommandTimeout`), a Selenium grid after 300 s; a launch and the wait for its turn take longer. */
const KEEP_ALIVE_MS = 20_000;

export interface SessionOptions {
  /** For messages. */
  readonly device: string;
  /** Of the WebDriver server. */
  readonly url: string;
  readonly capabilities: Readonly<Record<string, CapabilityValue>>;
  readonly secrets: SessionSecrets;
  readonly user?: string;
  readonly key?: string;
  readonly startMs: number;
  /** Whether the server ends sessions that get no commands. */
  readonly idleSessions: 'ended' | 'kept';
  readonly signal: AbortSignal;
}

/** What a session's browser says it is. */
export interface SessionFacts {
  readonly browserName: string;
  readonly browserVersion: string;
  readonly platform: string;
  /** Of a phone behind Appium. */
  readonly udid: string | null;
  /** Of Appium's driver. */
  readonly automationName: string | null;
  /** Of the browser, where the driver tells it: it is a process beside the driver. */
  readonly processId: number | null;
  /** Of the browser, likewise: a folder that no other browser has. */
  readonly profileFolder: string | null;
}

/** What has become of the page. */
export type PageState =
  | { readonly kind: 'there'; readonly url: string }
  | { readonly kind: 'tab-crashed'; readonly message: string }
  | { readonly kind: 'lost'; readonly fault: TransportFault };

/** How drivers say that the browser, or the tab, is no more. */
const WORDS: readonly (readonly [pattern: RegExp, state: 'tab-crashed' | 'browser' | 'tab' | 'server'])[] = [
  [/tab crashed|target crashed|page crash/i, 'tab-crashed'],
  [/no such window|web view not found|target window already closed/i, 'tab'],
  [/invalid session id|session is either terminated|session .*(?:deleted|not created|timed out)|not reachable|disconnected|unable to (?:receive|send) message|not connected to devtools|browser has closed/i, 'browser'],
  [/ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|socket hang up|fetch failed|failed to fetch|other side closed|unable to connect/i, 'server'],
];

/** A browser held by WebDriver. Every command has a time limit; a browser that is gone is told as TransportFault. */
export class BrowserSession {
  readonly facts: SessionFacts;
  /** The phone that the browser is on, in a session of Appium's UiAutomator2 or XCUITest driver. */
  readonly phone: AppiumPhone | null;
  readonly #client: Client;
  readonly #options: SessionOptions;
  #ended = false;
  readonly #keepingAlive: NodeJS.Timeout | undefined;

  private constructor(client: Client, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    this.facts = factsOf(options.capabilities, client.capabilities);
    const platform = phonePlatform(this.facts.automationName ?? '');
    this.phone = platform === null ? null : new AppiumPhone({ device: options.device, platform, answerMs: COMMAND_MS, send: (script, args) => this.#script(script, args) });
    // Answered by the driver itself: the page is not touched while it is timed.
    if (options.idleSessions === 'ended') this.#keepingAlive = setInterval(() => { client.getTimeouts().catch(() => {}); }, KEEP_ALIVE_MS).unref();
  }

  /** Throws TransportFault: `unreachable` when no server answers, `timeout`, `session-refused` with the server's words, `missing` for a variable that is not set; the signal's reason. */
  static async start(options: SessionOptions): Promise<BrowserSession> {
    const { device, signal, secrets, startMs } = options;
    signal.throwIfAborted();
    const url = new URL(options.url);
    const request = {
      protocol: url.protocol.slice(0, -1), hostname: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80), path: url.pathname,
      ...(options.user === undefined ? {} : { user: secrets.value(options.user) }), ...(options.key === undefined ? {} : { key: secrets.value(options.key) }),
      // The classic protocol only: over BiDi WebdriverIO puts scripts of its own into each page.
      capabilities: { 'wdio:enforceWebDriverClassic': true, ...(secrets.fill(options.capabilities) as WebdriverIO.Capabilities) },
      logLevel: 'silent', connectionRetryTimeout: startMs, connectionRetryCount: 0, enableDirectConnect: false, strictSSL: true,
    } as const;
    const { remote } = await import('webdriverio');
    signal.throwIfAborted();
    const starting = remote(request);
    const stop = new AbortController();
    try {
      const client = await Promise.race([starting, sleep(startMs, null, { signal: AbortSignal.any([signal, stop.signal]) })]);
      if (client !== null) return new BrowserSession(client, options);
    } catch (error) {
      drop(starting);
      signal.throwIfAborted();
      throw refusal(error, options);
    } finally {
      stop.abort();
    }
    drop(starting);
    throw new TransportFault('timeout', device, `no session within ${startMs / 1000} s`);
  }

  /** Opens an address in the tab, in place of what is there. Throws TransportFault. */
  async open(url: string, timeoutMs: number): Promise<void> {
    try {
      await this.#within(this.#client.navigateTo(url), timeoutMs);
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  /** Whether the page is there, and which one. Runs nothing in the page. */
  async look(): Promise<PageState> {
    try {
      return { kind: 'there', url: await this.#within(this.#client.getUrl(), COMMAND_MS) };
    } catch (error) {
      const fault = this.#faultOf(error);
      return stateWord(fault.message) === 'tab-crashed' ? { kind: 'tab-crashed', message: fault.message } : { kind: 'lost', fault };
    }
  }

  /** What of the phone, and not of the browser, keeps its page from running, in words; null when it has nothing of that kind or does not tell. */
  async phoneTrouble(): Promise<string | null> {
    const { phone } = this;
    if (phone === null) return null;
    try {
      if (await phone.isLocked()) return 'the phone is locked';
      return phone.platform === 'android' && isOffline(await phone.networks()) === true ? 'the phone is offline: its Wi-Fi and mobile data are off' : null;
    } catch (error) {
      if (error instanceof PhoneCommandError) return null;
      throw error;
    }
  }

  /** Ends the session and with it the browser; goes on when the driver has not answered by then. Never throws. */
  async close(withinMs: number): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#keepingAlive);
    await this.#within(this.#client.deleteSession(), withinMs).catch(() => {});
  }

  async #script(script: string, args: Readonly<Record<string, unknown>>): Promise<unknown> {
    try {
      return await this.#client.executeScript(script, [args]);
    } catch (error) {
      const name = error instanceof Error ? `${error.name}: ` : '';
      throw new Error(name + wordsOf(error, this.#options.secrets), { cause: error });
    }
  }

  async #within<T>(command: Promise<T>, timeoutMs: number): Promise<T> {
    const stop = new AbortController();
    command.catch(() => {});
    const late = sleep(timeoutMs, undefined, { signal: stop.signal }).then(() => {
      throw new TransportFault('timeout', this.#options.device, `the browser's driver did not answer within ${timeoutMs / 1000} s`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([command, late]);
    } finally {
      stop.abort();
    }
  }

  #faultOf(error: unknown): TransportFault {
    if (error instanceof TransportFault) return error;
    const { device, secrets } = this.#options;
    const words = wordsOf(error, secrets);
    const [kind, what] = FAULTS[stateWord(words) ?? 'other'];
    return new TransportFault(kind, device, `${what} (${words})`);
  }
}

const FAULTS = {
  'tab-crashed': ['lost', 'the tab crashed'],
  tab: ['lost', 'the tab was closed'],
  browser: ['lost', 'the browser ended'],
  server: ['unreachable', 'the browser\'s driver or WebDriver server no longer answers'],
  other: ['lost', 'the browser\'s driver refused a command'],
} as const satisfies Readonly<Record<string, readonly [TransportFaultKind, string]>>;

function stateWord(words: string): 'tab-crashed' | 'browser' | 'tab' | 'server' | null {
  return WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}

/** The server's words, without secrets, its stack, the command that it refused and WebdriverIO's advice for test suites. */
function wordsOf(error: unknown, secrets: SessionSecrets): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  // Before it is cut anywhere: half a secret is one too.
  const lines = secrets.hide(`${text}${cause}`).split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^(?:#\d+ 0x|Stacktrace:|at )/.test(line));
  return lines.join(' ').replaceAll(/\bWebDriverError: /g, '').replaceAll(/ when running "[^"]*" with method "[A-Z]+"(?: and args "[^\n]*")?/g, '').slice(0, MAX_WORDS);
}

function refusal(error: unknown, { device, url, secrets }: SessionOptions): TransportFault {
  const words = wordsOf(error, secrets);
  if (stateWord(words) === 'server') return new TransportFault('unreachable', device, `no WebDriver server answers at ${url}${proxyWords(url)}`);
  if (/timed? ?out|aborted due to timeout/i.test(words) && !/session not created/i.test(words)) return new TransportFault('timeout', device, `the server made no session in time (${words})`);
  return new TransportFault('session-refused', device, `the server made no session: ${words}`);
}

/** A session that comes too late is ended. */
function drop(starting: Promise<Client>): void {
  starting.then((client) => client.deleteSession(), () => {}).catch(() => {});
}

/** A server need not repeat what was asked of it; which phone it took it must tell itself. */
function factsOf(asked: object, answered: object): SessionFacts {
  const named = (capabilities: object): ReadonlyMap<string, unknown> => new Map<string, unknown>(Object.entries(capabilities).map(([name, value]) => [name.replace(/^appium:/, ''), value]));
  const textOf = (from: ReadonlyMap<string, unknown>, names: readonly string[]): string | null => names.map((name) => from.get(name)).find((value) => typeof value === 'string' && value !== '') as string | undefined ?? null;
  const told = named({ ...asked, ...answered });
  const text = (...names: readonly string[]): string | null => textOf(told, names);
  const pid = told.get('goog:processID') ?? told.get('moz:processID');
  const chrome = told.get('chrome');
  const profile = typeof chrome === 'object' && chrome !== null && 'userDataDir' in chrome ? chrome.userDataDir : told.get('moz:profile');
  return {
    browserName: text('browserName') ?? 'browser', browserVersion: text('browserVersion', 'version') ?? 'unknown', platform: text('platformName', 'platform') ?? 'unknown',
    udid: textOf(named(answered), ['deviceUDID', 'udid']), automationName: text('automationName'), processId: typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1 ? pid : null,
    profileFolder: typeof profile === 'string' && profile.length > 1 ? profile : null,
  };
}
