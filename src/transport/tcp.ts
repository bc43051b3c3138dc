import { connect, type Socket } from 'node:net';
import { TransportFault } from './transport-fault.ts';

/** A connection on a LAN stands in milliseconds; what has not answered by then is down or filtered. */
const CONNECT_MS = 10_000;

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** For messages. */
  readonly device: string;
  readonly timeoutMs?: number;
}

/** Opens a TCP connection. Throws TransportFault `unreachable`, `timeout`, or the signal's reason. */
export async function connectTcp(host: string, port: number, { signal, device, timeoutMs = CONNECT_MS }: ConnectOptions): Promise<Socket> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
    };
    const fail = (error: unknown): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => fail(new TransportFault('unreachable', device, `nothing answers at ${host}:${port} (${error.message})`, error));
    const timer = setTimeout(() => fail(new TransportFault('timeout', device, `${host}:${port} did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}
