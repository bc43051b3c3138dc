import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Target {
  readonly type: string;
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

/** A browser that Paddock started, spoken to beside its driver: for doing to it what a person or the system would do. */
export class DevTools {
  readonly #port: string;

  private constructor(port: string) {
    this.#port = port;
  }

  /** The one browser whose profile is under the folder. */
  static of(folder: string): DevTools {
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('DevToolsActivePort'));
    if (file === undefined) throw new Error(`no browser has its profile in ${folder}`);
    const [port = ''] = readFileSync(join(folder, file), 'utf8').split('\n');
    return new DevTools(port);
  }

  /** Opens another tab. */
  async open(url: string): Promise<void> {
    await fetch(`http://127.0.0.1:${this.#port}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
  }

  /** Where the first page is. */
  async pageUrl(): Promise<string> {
    return (await this.#page()).url;
  }

  async #page(): Promise<Target> {
    const targets = (await (await fetch(`http://127.0.0.1:${this.#port}/json/list`)).json()) as readonly Target[];
    const page = targets.find(({ type }) => type === 'page');
    if (page === undefined) throw new Error('the browser shows no page');
    return page;
  }

  /** Sends one command to the first page; does not wait for its answer, which a page that dies never gives. */
  async tell(method: string, params: object = {}): Promise<void> {
    const socket = new WebSocket((await this.#page()).webSocketDebuggerUrl);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => { resolve(); }, { once: true });
      socket.addEventListener('error', () => { reject(new Error('the page takes no commands')); }, { once: true });
    });
    const answered = new Promise<void>((resolve) => {
      socket.addEventListener('message', () => { resolve(); }, { once: true });
      socket.addEventListener('close', () => { resolve(); }, { once: true });
      setTimeout(resolve, 2000);
    });
    socket.send(JSON.stringify({ id: 1, method, params }));
    await answered;
    socket.close();
  }
}
