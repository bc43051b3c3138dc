import type { Socket } from 'node:net';
import { AdbServerClient, type AdbSocket } from '@yume-chan/adb';
import { MaybeConsumable, PushReadableStream } from '@yume-chan/stream-extra';
import type { AdbServerAddress } from '../domain/transport-address.ts';
import { adbFault } from './adb-fault.ts';
import { connectTcp } from './tcp.ts';
import { TransportFault } from './transport-fault.ts';
import { untilAborted } from './until-aborted.ts';

/** Answers of a server to what it can answer by itself or in a moment. */
const ANSWER_MS = 15_000;

/** What a request to an adb server is made with. */
export interface AdbRequest {
  readonly server: AdbServerAddress;
  /** For messages. */
  readonly device: string;
  readonly signal: AbortSignal;
}

/**
 * A client of @yume-chan/adb for one request: its own connector ends the streams when the connection breaks (the package's leaves readers waiting after a reset), and
 * aborting the signal lets the connection go at whatever point it is.
 */
function clientOf({ server, device }: AdbRequest, signal: AbortSignal): AdbServerClient {
  return new AdbServerClient({
    connect: async () => streams(await connectTcp(server.host, server.port, { signal, device }).catch((error: unknown) => {
      throw error instanceof TransportFault ? new TransportFault('server', device, `no adb server answers at ${server.host}:${server.port}; start one there with \`adb start-server\``, error) : error;
    }), signal),
    addReverseTunnel: () => refuse(),
    removeReverseTunnel: () => refuse(),
    clearReverseTunnels: () => refuse(),
  });
}

function refuse(): never {
  throw new TypeError('reverse tunnels are not made through this connection');
}

function streams(socket: Socket, signal: AbortSignal): AdbServerClient.ServerConnection {
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  const closed = new Promise<undefined>((resolve) => {
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(undefined);
    });
  });
  return {
    readable: new PushReadableStream<Uint8Array>((controller) => {
      const end = (error: unknown): void => {
        if (controller.abortSignal.aborted) return;
        try {
          if (error === null) controller.close();
          else controller.error(error);
        } catch {
          // It was closed already.
        }
      };
      socket.on('data', (chunk) => {
        if (controller.abortSignal.aborted) return;
        socket.pause();
        void controller.enqueue(chunk).then(() => socket.resume(), () => socket.destroy());
      });
      socket.once('end', () => end(null));
      socket.once('error', (error) => end(error));
      socket.once('close', () => end(new Error('the connection to the adb server was closed')));
    }),
    writable: new MaybeConsumable.WritableStream<Uint8Array>({
      // A write that fails is told by the stream that is read: the package leaves the promise of its last write of a file unwatched, and a rejection there would end this process.
      write: (chunk) => new Promise<void>((resolve) => {
        socket.write(chunk, (error) => {
          if (error) socket.destroy(error);
          resolve();
        });
      }),
    }),
    closed,
    close: () => void socket.destroy(),
  };
}

/** Opens a service of a device. The signal ends the connection as long as it stands. Throws TransportFault or the signal's reason. */
export async function openService(request: AdbRequest, serial: string, service: string): Promise<AdbSocket> {
  return asked(request, async (signal, settled) => {
    const socket = await clientOf(request, signal).createDeviceConnection({ serial }, service);
    settled();
    return socket;
  });
}

/** Features that the server and a device have in common. */
export async function deviceFeatures(request: AdbRequest, serial: string): Promise<readonly string[]> {
  return asked(request, async (signal) => (await clientOf(request, signal).getDeviceFeatures({ serial })).features);
}

/** Asks the server itself; the answer is one text. */
export async function askServer(request: AdbRequest, service: string): Promise<string> {
  return asked(request, async (signal) => {
    const stream = await clientOf(request, signal).createConnection(service);
    try {
      return await stream.readString();
    } finally {
      await stream.dispose();
    }
  });
}

/** Bounds the answer in time, and gives each failure its name. */
async function asked<T>({ device, signal }: AdbRequest, what: (signal: AbortSignal, settled: () => void) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new TransportFault('timeout', device, `the adb server did not answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  const either = AbortSignal.any([signal, limit.signal]);
  try {
    return await untilAborted(what(either, () => clearTimeout(timer)), either);
  } catch (error) {
    throw either.aborted ? either.reason : adbFault(error, device);
  } finally {
    clearTimeout(timer);
  }
}
