import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodedPath, fail, hostName, HttpServerError, isLoopback, listenHttp } from './http-listener.ts';

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

const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
} as const;

/** Serves content to GET and HEAD until disposed of. Nothing of a request is logged. Throws HttpServerError. */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  if (options.token === null && !isLoopback(options.host)) throw new HttpServerError(`${options.host} can be reached from other machines: a token is needed there`);
  const { host, port, dispose } = await listenHttp(options, (request, response) => {
    answer(request, response, options).catch(() => { fail(response, 500, 'the page could not be read'); });
  });
  return { url: `http://${host}:${port}/`, [Symbol.asyncDispose]: dispose };
}

async function answer(request: IncomingMessage, response: ServerResponse, { token, find }: HttpServerOptions): Promise<void> {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return fail(response, 405, 'only GET');
  }
  // Without a token only names of this machine are answered: else a page of another site whose name is made to lead here (DNS rebinding) could read along.
  if (token === null && !isLoopback(hostName(request.headers.host))) return fail(response, 421, 'this address is served to this machine only');
  if (token !== null && !shows(request.headers.authorization, token)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="Paddock", charset="UTF-8"');
    return fail(response, 401, 'a token is needed: give it as the password');
  }
  const path = decodedPath(request.url ?? '/');
  const content = path === null ? null : await find(path);
  if (content === null) return fail(response, 404, 'nothing is here');
  response.writeHead(200, { 'Content-Type': content.type, 'Content-Length': content.body.length, 'Cache-Control': content.cache === 'forever' ? 'private, max-age=31536000, immutable' : 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : content.body);
}

/** Whether an Authorization header shows the token; takes the same time wherever they differ. */
function shows(header: string | undefined, token: string): boolean {
  const [scheme = '', value = ''] = (header ?? '').split(' ', 2);
  const shown = scheme.toLowerCase() === 'bearer' ? value : scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString('utf8').replace(/^[^:]*:/, '') : '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(token)) && shown !== '';
}
