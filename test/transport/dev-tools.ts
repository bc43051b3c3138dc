import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files so many folders down in which browsers say at which port their tools are. A browser makes and removes folders all the time: what goes meanwhile has none. */
function portFiles(folder: string, depth: number): readonly string[] {
  const own = join(folder, 'DevToolsActivePort');
  if (existsSync(own)) return [own];
  if (depth === 0) return [];
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => portFiles(join(folder, name), depth - 1));
  } catch {
    return [];
  }
}

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
    const file = portFiles(folder, 3)[0];
    if (file === undefined) throw new Error(`no browser has its profile in ${folder}`);
    const [port = ''] = readFileSync(file, 'utf8').split('\n');
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

  /** Sends commands to the first page, one after the other, and stays connected: what DevTools change ends with their connection. */
  async hold(commands: readonly (readonly [method: string, params: object])[]): Promise<Disposable> {
    const socket = await this.#connected();
    for (const [at, [method, params]] of commands.entries()) {
      const answer = new Promise<string>((resolve, reject) => {
        socket.addEventListener('message', ({ data }) => { resolve(String(data)); }, { once: true });
        socket.addEventListener('close', () => { reject(new Error(`the page did not answer ${method}`)); }, { once: true });
      });
      socket.send(JSON.stringify({ id: at + 1, method, params }));
      const text = await answer;
      if ('error' in (JSON.parse(text) as object)) throw new Error(`${method}: ${text}`);
    }
    return { [Symbol.dispose]: () => { socket.close(); } };
  }

  async #connected(): Promise<WebSocket> {
    const socket = new WebSocket((await this.#page()).webSocketDebuggerUrl);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => { resolve(); }, { once: true });
      socket.addEventListener('error', () => { reject(new Error('the page takes no commands')); }, { once: true });
    });
    return socket;
  }

  /** Sends one command to the first page; does not wait for its answer, which a page that dies never gives. */
  async tell(method: string, params: object = {}): Promise<void> {
    const socket = await this.#connected();
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
