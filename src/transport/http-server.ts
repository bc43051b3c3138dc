import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a path leads to. */
export interface HttpContent {
  readonly type: string;
  readonly body: Uint8Array;
  /** `forever`: the name says the content. */
  readonly cache: 'forever' | 'never';
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whoever asks must show it (HTTP Basic with any user name, or Bearer). Null only on loopback. */
  readonly token: string | null;
  /** What is at a path (decoded, starts with `/`, without the query); null when nothing is. */
  readonly find: (path: string) => HttpContent | null | Promise<HttpContent | null>;
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
}

/** A server that can't listen; the message says where and why. */
export class HttpServerError extends Error {
  override readonly name = 'HttpServerError';
}

/** Longer requests and idle connections than these are nobody's who reads a page. */
const REQUEST_TIMEOUT_MS = 15_000;
const IDLE_TIMEOUT_MS = 30_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 200;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Serves content to GET and HEAD until disposed of. Nothing of a request is logged. Throws HttpServerError. */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  if (options.token === null && !isLoopback(options.host)) throw new HttpServerError(`${options.host} can be reached from other machines: a token is needed there`);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: IDLE_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    answer(request, response, options).catch(() => { fail(response, 500, 'the page could not be read'); });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((done, refuse) => {
    server.once('error', (error) => { refuse(new HttpServerError(`can't listen on ${options.host} port ${options.port}: ${error.message}. What to do: choose another --port or --host.`, { cause: error })); });
    server.listen(options.port, options.host, done);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => { server.close(() => { done(); }); });
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, { token, find }: HttpServerOptions): Promise<void> {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return fail(response, 405, 'only GET');
  }
  // Without a token only names of this machine are answered: else a page of another site whose name is made to lead here (DNS rebinding) could read along.
  if (token === null && !LOOPBACK.has(hostName(request.headers.host))) return fail(response, 421, 'this address is served to this machine only');
  if (token !== null && !shows(request.headers.authorization, token)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="Paddock", charset="UTF-8"');
    return fail(response, 401, 'a token is needed: give it as the password');
  }
  const path = decoded(request.url ?? '/');
  const content = path === null ? null : await find(path);
  if (content === null) return fail(response, 404, 'nothing is here');
  response.writeHead(200, { 'Content-Type': content.type, 'Content-Length': content.body.length, 'Cache-Control': content.cache === 'forever' ? 'private, max-age=31536000, immutable' : 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : content.body);
}

function fail(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}

/** The name of a Host header without its port. */
function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase();
}

function decoded(url: string): string | null {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
}

/** Whether an Authorization header shows the token; takes the same time wherever they differ. */
function shows(header: string | undefined, token: string): boolean {
  const [scheme = '', value = ''] = (header ?? '').split(' ', 2);
  const shown = scheme.toLowerCase() === 'bearer' ? value : scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8').replace(/^[^:]*:/, '') : '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(token)) && shown !== '';
}
