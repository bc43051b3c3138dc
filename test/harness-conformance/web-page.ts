import { HarnessClient } from '../../src/harness/client.ts';
import { sha256OfFile } from '../../src/harness/model-file.ts';
import { openWebHost, type WebHost } from '../../src/transport/web-host.ts';
import { Browser, MEMORY_AT_ONCE, type Tab } from '../chromium.ts';
import type { DevicePlace } from './suite.ts';

const PAGE_FOLDER = new URL('../../dist/web', import.meta.url).pathname;
const MS = 120_000;

/** A browser and the web harness as it is released, which is loaded afresh for each start. */
export class WebPage implements AsyncDisposable {
  readonly host: WebHost;
  readonly browser: Browser;
  readonly place: DevicePlace = {
    bring: async (path) => this.host.offer(path, await sha256OfFile(path)),
    folder: () => Promise.resolve('/files'),
    list: () => Promise.resolve([]),
  };

  private constructor(host: WebHost, browser: Browser) {
    this.host = host;
    this.browser = browser;
  }

  static async open(flags: readonly string[] = []): Promise<WebPage> {
    return new WebPage(await openWebHost({ host: '127.0.0.1', port: 0, pageFolder: PAGE_FOLDER }), new Browser('about:blank', [MEMORY_AT_ONCE, ...flags]));
  }

  /** Loads the page and greets its harness. */
  async start(): Promise<HarnessClient> {
    return (await this.startInTab()).client;
  }

  async startInTab(): Promise<{ readonly client: HarnessClient; readonly tab: Tab; readonly path: string }> {
    const { signal } = new AbortController();
    const visit = this.host.admit({ device: 'chromium', signal, connectTimeoutMs: MS });
    const tab = await this.browser.open(`${this.host.origin}${visit.path}`);
    const process = await visit.connected;
    void process.exited.then(() => tab.close());
    return { tab, path: visit.path, client: await HarnessClient.start({ exec: () => Promise.resolve(process) }, [], { signal, helloTimeoutMs: MS }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser[Symbol.asyncDispose]();
    await this.host[Symbol.asyncDispose]();
  }
}
