import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { extname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { fileSha256 } from './digest.ts';
import { decodedPath, fail, hostName, isLoopback, listenHttp } from './http-listener.ts';
import { PageProcess } from './page-process.ts';
import { CLOSE, MAX_MESSAGE_BYTES, SOCKET_PATH, SUBPROTOCOL, TOKEN_PREFIX } from './page-socket.ts';
import { serveFile } from './served-file.ts';
import { TransportFault } from './transport-fault.ts';
import type { DeviceProcess } from './transport.ts';

export interface WebHostOptions {
  /** The address to listen on; loopback unless a phone must reach it otherwise than by `adb reverse`. */
  readonly host: string;
  /** 0 takes a free one. What a browser keeps of files is kept for this port. */
  readonly port: number;
  /** Folder of the bundled page, with `index.html`. */
  readonly pageFolder: string;
}

export interface AdmitOptions {
  /** The device, for messages. */
  readonly device: string;
  /** Ends the visit: before the page came, `connected` rejects with its reason; after, the process is killed. */
  readonly signal: AbortSignal;
  /** From now to the page's WebSocket. */
  readonly connectTimeoutMs: number;
}

/** One load of the page, and the harness in it. Leaving its scope voids the token and kills the harness. */
export interface PageVisit extends AsyncDisposable {
  /** The page's path with a token that works once and the device's name for whoever looks at the page, in the fragment, which no server and no log is told. */
  readonly path: string;
  /** Rejects with TransportFault when no page came in time or `lose` was called, and with the signal's reason. */
  readonly connected: Promise<DeviceProcess>;
  /** For whoever holds the browser, when it knows that the page is no more, and why. */
  lose(fault: TransportFault): void;
}

/** Serves the web harness and the files that it is told to read. */
export interface WebHost extends AsyncDisposable {
  /** `http://HOST:PORT`. */
  readonly origin: string;
  readonly port: number;
  /** Makes a file readable to pages that are told its path, which this gives; it has a secret in it. The same file has the same path. */
  offer(localPath: string, sha256: string): string;
  admit(options: AdmitOptions): PageVisit;
}

/**
 * Cross-Origin-Opener-Policy and -Embedder-Policy make the page cross-origin isolated: threads, and a clock of 5 µs instead of 100 (HTML, "cross-origin isolation").
 * The page compiles WebAssembly, and starts its workers from its own origin.
 */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.wasm': 'application/wasm',
};

const FILES_PATH = '/files/';
/** No token is guessed among 2^256. */
const TOKEN_BYTES = 32;

/** A page with a wrong token sends nothing but its answer to the close, and has so long for it. */
const MAX_STRANGER_BYTES = 1024;
const STRANGER_MS = 2000;

interface Waiting {
  readonly take: (socket: WebSocket) => void;
}

/** Throws HttpServerError when it can't listen, and what reading the page's folder throws. */
export async function openWebHost({ host, port, pageFolder }: WebHostOptions): Promise<WebHost> {
  const assets = new Map((await readdir(pageFolder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => [name === 'index.html' ? '/' : `/${name}`, join(pageFolder, name)]));
  const tags = new Map<string, string>();
  const secret = randomBytes(TOKEN_BYTES).toString('base64url');
  const offered = new Map<string, string>();
  const waiting = new Map<string, Waiting>();
  const processes = new Set<PageProcess>();

  const listener = await listenHttp({ host, port }, (request, response) => {
    answer(request, response).catch(() => { fail(response, 500, 'the file could not be read'); });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, handleProtocols: (names) => names.has(SUBPROTOCOL) ? SUBPROTOCOL : false });
  // A page with a wrong token is told so, and is not listened to: nothing of what it sends is kept.
  const strangers = new WebSocketServer({ noServer: true, maxPayload: MAX_STRANGER_BYTES, perMessageDeflate: false, handleProtocols: (names) => names.has(SUBPROTOCOL) ? SUBPROTOCOL : false });
  listener.server.on('upgrade', (request, stream, head) => { upgrade(request, stream, head); });

  /** A name that someone made to lead here (DNS rebinding) is not answered; an address can't be made to. */
  function isOurs(header: string | undefined): boolean {
    const name = hostName(header);
    return isLoopback(name) || (!isLoopback(host) && (name === host.toLowerCase() || isIP(name) !== 0));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!isOurs(request.headers.host)) return fail(response, 421, 'nothing is served under this name');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return fail(response, 405, 'only GET');
    }
    const path = decodedPath(request.url ?? '/');
    const asset = path === null ? undefined : assets.get(path);
    if (asset !== undefined) return serveAsset(request, response, asset);
    const localPath = path === null ? undefined : offered.get(path);
    if (localPath === undefined) return fail(response, 404, 'nothing is here');
    return serveFile(request, response, localPath, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'private, max-age=31536000, immutable' });
  }

  async function serveAsset(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    // A browser keeps a page that was left alive for the way back, with all its memory (back/forward cache), but not one that may not be stored.
    if (extname(path) === '.html') return serveFile(request, response, path, { 'Cache-Control': 'no-store', 'Content-Type': type });
    const tag = tags.get(path) ?? `"${await fileSha256(path, AbortSignal.timeout(60_000))}"`;
    tags.set(path, tag);
    // Asked for again each time, sent again only when another: tens of megabytes of WebAssembly, and what the browser compiled of it.
    const headers = { ETag: tag, 'Cache-Control': 'no-cache' };
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return;
    }
    await serveFile(request, response, path, { ...headers, 'Content-Type': type });
  }

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => {});
    const { host: name, origin } = request.headers;
    const token = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim()).find((each) => each.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length);
    // A page of another origin may open a WebSocket to here too; the browser tells its origin.
    if (!isOurs(name) || decodedPath(request.url ?? '') !== SOCKET_PATH || origin !== `http://${name}` || token === undefined) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const key = digestOf(token);
    const visit = waiting.get(key);
    if (visit !== undefined) {
      sockets.handleUpgrade(request, stream, head, (socket) => {
        waiting.delete(key);
        visit.take(socket);
      });
      return;
    }
    strangers.handleUpgrade(request, stream, head, (socket) => {
      socket.on('error', () => {});
      socket.close(CLOSE.refused, 'this token is not known here, or a page has used it');
      setTimeout(() => { socket.terminate(); }, STRANGER_MS).unref();
    });
  }

  function admit({ device, signal, connectTimeoutMs }: AdmitOptions): PageVisit {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const key = digestOf(token);
    const arrival = Promise.withResolvers<PageProcess>();
    // Whoever does not wait for it has another way to know.
    arrival.promise.catch(() => {});
    let process: PageProcess | null = null;
    const refuse = (reason: unknown): void => {
      waiting.delete(key);
      arrival.reject(reason);
    };
    const onAbort = (): void => { refuse(signal.reason); };
    const timer = setTimeout(() => { refuse(new TransportFault('timeout', device, `the page did not connect within ${connectTimeoutMs / 1000} s`)); }, connectTimeoutMs);
    arrival.promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }).catch(() => {});
    signal.addEventListener('abort', onAbort, { once: true });
    waiting.set(key, {
      take(socket) {
        const page = new PageProcess(socket, device, signal);
        process = page;
        processes.add(page);
        void page.exited.then(() => { processes.delete(page); });
        arrival.resolve(page);
      },
    });
    if (signal.aborted) onAbort();
    return {
      path: `/#${token}/${encodeURIComponent(device)}`,
      connected: arrival.promise,
      lose(fault) {
        refuse(fault);
        process?.lose(fault);
      },
      async [Symbol.asyncDispose]() {
        refuse(new TransportFault('gone', device, 'the visit is over'));
        await process?.kill();
      },
    };
  }

  return {
    origin: `http://${listener.host}:${listener.port}`,
    port: listener.port,
    offer(localPath, sha256) {
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${JSON.stringify(sha256)} is no SHA-256`);
      const path = `${FILES_PATH}${secret}/${sha256}`;
      offered.set(path, localPath);
      return path;
    },
    admit,
    async [Symbol.asyncDispose]() {
      await Promise.all([...processes].map((each) => each.kill()));
      for (const server of [sockets, strangers]) {
        for (const socket of server.clients) socket.terminate();
        server.close();
      }
      await listener.dispose();
    },
  };
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
