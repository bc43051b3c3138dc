import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

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

export interface HttpListener {
  readonly server: Server;
  /** As it stands in an address (an IPv6 address in brackets). */
  readonly host: string;
  readonly port: number;
  /** Closes every connection that is no upgraded one. */
  readonly dispose: () => Promise<void>;
}

/** Listens with bounds on what a client may send and how long it may take; port 0 takes a free one. Throws HttpServerError. */
export async function listenHttp({ host, port }: { readonly host: string; readonly port: number }, handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<HttpListener> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: IDLE_TIMEOUT_MS, maxHeaderSize: MAX_HEADER_BYTES }, handle);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((done, refuse) => {
    server.once('error', (error) => { refuse(new HttpServerError(`can't listen on ${host} port ${port}: ${error.message}. What to do: choose another --port or --host.`, { cause: error })); });
    server.listen(port, host, done);
  });
  const address = server.address();
  return {
    server,
    host: host.includes(':') ? `[${host}]` : host,
    port: typeof address === 'object' && address !== null ? address.port : port,
    dispose: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => { server.close(() => { done(); }); });
    },
  };
}

/** Answers with an error in one line of text, or cuts an answer that has begun. */
export function fail(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}

/** The name of a Host header without its port. */
export function hostName(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase();
}

/** The path of a request without its query; null when it can't be decoded. */
export function decodedPath(url: string): string | null {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
}
