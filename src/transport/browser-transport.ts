import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserStart } from '../domain/browser.ts';
import type { AdbAddress, BrowserAddress, WebdriverAddress } from '../domain/transport-address.ts';
import { type ReversedPort, reversePort } from './adb-reverse.ts';
import type { AppiumPhone } from './appium-phone.ts';
import { type BrowserPlace, placeBefore } from './browser-place.ts';
import { BrowserProcess } from './browser-process.ts';
import type { PageState, SessionFacts } from './browser-session.ts';
import { HttpServerError } from './http-listener.ts';
import { startOf } from './browser-start.ts';
import { localIdentity } from './local-identity.ts';
import { type OpenedBrowser, openLocalBrowser, openRemoteBrowser } from './open-browser.ts';
import type { OpenOptions } from './open-options.ts';
import { pageMemoryWatch } from './page-memory-watch.ts';
import { stablePort } from './stable-port.ts';
import { TransportFault } from './transport-fault.ts';
import { type DeviceIdentity, type DeviceProcess, type DownloadOptions, ExecError, type ExecOptions, type Transport } from './transport.ts';
import { openWebHost, type WebHost } from './web-host.ts';

/** The one program that a browser runs: the web harness. */
export const PAGE_PROGRAM = 'web-harness';
/** From the page's navigation to its WebSocket; the page is some kilobytes, its engines come later. */
const CONNECT_MS = 60_000;
const NOWHERE = 'about:blank';
/** An empty page in place of the harness's stands in milliseconds; a browser that takes longer is ended. */
const LEAVE_MS = 5000;

/** Where the web harness's page is. */
export function pageFolder(installFolder: string): string {
  return join(installFolder, 'dist', 'web');
}

type Address = BrowserAddress | WebdriverAddress;

/** The pages' server of a transport, as the browser reaches it. */
interface Hosting {
  readonly host: WebHost;
  readonly origin: string;
}

/**
 * A browser. Starting the web harness is one load of its page, in a renderer process of its own; files are offered by their hash on the page's own origin.
 * A browser that was lost is started anew by the next call.
 */
export class BrowserTransport implements Transport {
  readonly name: string;
  /** Pages fetch what they are told to, where their cache does not have it. */
  readonly sentBytes = 0;
  readonly #address: Address;
  readonly #installFolder: string;
  readonly #life = new AsyncDisposableStack();
  #browser: OpenedBrowser | null = null;
  #place: BrowserPlace;
  #hosting: Promise<Hosting> | null = null;
  #running: BrowserProcess | null = null;
  #closed = false;

  private constructor(address: Address, installFolder: string) {
    this.#address = address;
    this.#installFolder = installFolder;
    this.#place = placeBefore(address);
    this.name = address.kind === 'browser' ? `browser ${address.name}` : `webdriver ${address.name}`;
  }

  /** Starts the browser. Throws TransportFault, the signal's reason. */
  static async open(address: Address, { signal, installFolder }: OpenOptions): Promise<BrowserTransport> {
    if (installFolder === undefined) throw new Error('a browser is opened with the folder in which its page is');
    const transport = new BrowserTransport(address, installFolder);
    await transport.#started(signal);
    return transport;
  }

  /** How the lab asks for it to be started. */
  get start(): BrowserStart {
    return startOf(this.#address);
  }

  /** Where it computes, as its last session showed. */
  get place(): BrowserPlace {
    return this.#place;
  }

  /** What the browser said of itself when its session began. */
  get facts(): SessionFacts {
    if (this.#browser === null) throw new TransportFault('lost', this.name, 'the browser has ended');
    return this.#browser.session.facts;
  }

  /** The phone that the browser is on, where Appium tells of it; another object after the browser was started anew. */
  get phone(): AppiumPhone | null {
    return this.#browser?.session.phone ?? null;
  }

  /** Whether a page is loaded that may be measuring. */
  get isPageOpen(): boolean {
    return this.#running !== null;
  }

  /** `argv` is PAGE_PROGRAM alone. */
  async exec(argv: readonly string[], { signal, memoryLimitBytes }: ExecOptions): Promise<DeviceProcess> {
    signal.throwIfAborted();
    if (argv[0] !== PAGE_PROGRAM) throw new ExecError(argv, new Error('a browser runs no programs but the web harness'));
    await this.#running?.kill();
    const browser = await this.#started(signal);
    const { host, origin } = await this.#hosted(signal);
    const watch = memoryLimitBytes === undefined || browser.processId === null ? () => () => {} : pageMemoryWatch(browser.processId, memoryLimitBytes);
    const visit = host.admit({ device: this.name, signal, connectTimeoutMs: CONNECT_MS });
    const opening = browser.session.open(origin + visit.path, CONNECT_MS);
    opening.catch((error: unknown) => { if (error instanceof TransportFault) visit.lose(error); });
    try {
      const page = await visit.connected;
      await opening;
      const running = new BrowserProcess(page, { device: this.name, session: browser.session, watchMemory: watch, leave: () => this.#leave(browser) });
      this.#running = running;
      return running;
    } catch (error) {
      await visit[Symbol.asyncDispose]();
      const isAnswered = await Promise.race([opening.then(() => true, () => true), sleep(LEAVE_MS, false, { ref: false })]);
      const state = signal.aborted || !isAnswered ? null : await browser.session.look();
      const trouble = state?.kind === 'there' ? await browser.session.phoneTrouble() : null;
      if (isAnswered) await this.#leave(browser);
      else await this.#drop();
      signal.throwIfAborted();
      throw explained(error, state, trouble);
    }
  }

  async push(localPath: string, sha256: string, signal: AbortSignal): Promise<string> {
    return (await this.#hosted(signal)).host.offer(localPath, sha256);
  }

  async pushBundle(): Promise<string> {
    throw this.#refusal('bundles of files are not for browsers');
  }

  async upload(): Promise<void> {
    throw this.#refusal('a page has no file system to write to');
  }

  async download(_remotePath: string, _localPath: string, _options: DownloadOptions): Promise<void> {
    throw this.#refusal('a page has no file system to read from');
  }

  /** A name only: the web harness answers what others write to files. */
  async scratch(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return '/scratch';
  }

  async connect(): Promise<Duplex> {
    throw this.#refusal('a page opens no ports');
  }

  async identify(signal: AbortSignal): Promise<DeviceIdentity> {
    const { session, place } = await this.#started(signal);
    const { kind, name } = this.#address;
    // The name is part of it: browsers of one device with other switches are other devices.
    const on = place === 'here' ? localIdentity().id : (session.facts.udid ?? (kind === 'webdriver' ? this.#address.url : undefined) ?? session.facts.platform);
    return { id: `${kind}:${name}@${on}`, bootId: null };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running?.kill();
    await this.#drop();
    await this.#hosting?.catch(() => {});
    await this.#life.disposeAsync().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refusal(why: string): TransportFault {
    return new TransportFault('refused', this.name, why);
  }

  async #started(signal: AbortSignal): Promise<OpenedBrowser> {
    if (this.#closed) throw new TransportFault('gone', this.name, 'the browser was closed');
    const context = { device: this.name, installFolder: this.#installFolder, signal };
    this.#browser ??= this.#address.kind === 'browser' ? await openLocalBrowser(this.#address, context) : await openRemoteBrowser(this.#address, context);
    this.#place = this.#browser.place;
    return this.#browser;
  }

  #hosted(signal: AbortSignal): Promise<Hosting> {
    this.#hosting ??= this.#openHost(signal);
    this.#hosting.catch(() => { this.#hosting = null; });
    return this.#hosting;
  }

  async #openHost(signal: AbortSignal): Promise<Hosting> {
    const { address = '127.0.0.1', port, reverse } = this.#address.kind === 'webdriver' ? this.#address : {};
    const host = this.#life.use(port === undefined ? await this.#listenAnywhere(address) : await this.#listen(address, port));
    if (reverse === undefined) return { host, origin: host.origin };
    const device = { kind: 'adb', ...reverse } as const;
    const { devicePort } = this.#life.use(port === undefined ? await reverseAnywhere(device, stablePort(this.name), host.port, signal) : await reversePort(device, port, host.port, signal));
    return { host, origin: `http://127.0.0.1:${devicePort}` };
  }

  /** The same port from run to run, as a browser keeps models for one; another where it is taken. */
  async #listenAnywhere(host: string): Promise<WebHost> {
    try {
      return await this.#listen(host, stablePort(this.name));
    } catch (error) {
      if (!(error instanceof TransportFault)) throw error;
      return this.#listen(host, 0);
    }
  }

  async #listen(host: string, port: number): Promise<WebHost> {
    try {
      return await openWebHost({ host, port, pageFolder: pageFolder(this.#installFolder) });
    } catch (error) {
      if (!(error instanceof HttpServerError)) throw error;
      const why = error.cause instanceof Error ? error.cause.message : error.message;
      throw new TransportFault('refused', this.name, `its page can't be served on ${host} port ${port} (${why}): mend \`webdriver.address\`, an address or name of this machine, or \`webdriver.port\`, a free port, in paddock.yaml`, error);
    }
  }

  /** Another page in place of the harness's. A browser that can't even do that is ended. */
  async #leave(browser: OpenedBrowser): Promise<void> {
    this.#running = null;
    if (this.#browser !== browser) return;
    try {
      await browser.session.open(NOWHERE, LEAVE_MS);
    } catch {
      await this.#drop();
    }
  }

  async #drop(): Promise<void> {
    const browser = this.#browser;
    this.#browser = null;
    await browser?.close();
  }
}

/** The phone's port is the page's origin: the same from run to run, another where it leads elsewhere. */
async function reverseAnywhere(device: AdbAddress, devicePort: number, hostPort: number, signal: AbortSignal): Promise<ReversedPort> {
  try {
    return await reversePort(device, devicePort, hostPort, signal);
  } catch (error) {
    if (!(error instanceof TransportFault) || error.kind !== 'refused') throw error;
    return reversePort(device, 0, hostPort, signal);
  }
}

/** Why the page did not come, in the browser's words where it has any. */
function explained(error: unknown, state: PageState | null, trouble: string | null): unknown {
  if (!(error instanceof TransportFault) || state === null) return error;
  if (trouble !== null) return new TransportFault('lost', error.device, `${trouble} (${error.message})`, error);
  return state.kind === 'lost' ? state.fault : error;
}
