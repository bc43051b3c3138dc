import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { AdbRequest } from './adb-connection.ts';
import { adbFault } from './adb-fault.ts';
import type { SendOptions } from './channel.ts';
import { connectTcp } from './tcp.ts';
import { TransportFault } from './transport-fault.ts';

/** SYNC_DATA_MAX of adb's file_sync_protocol.h. */
const PACKET_BYTES = 64 * 1024;
const HEAD_BYTES = 8;
/** Packets that are read and written at a time. */
const SLOTS = 16;
/** The daemon's bound of a path (file_sync_service.cpp). */
const PATH_BYTES = 1024;
/** A transfer on which nothing moves for so long is given up. */
const STALL_MS = 60_000;
const REGULAR_FILE = 0o100000;

/**
 * Sends a file by adb's sync service (SYNC.TXT, "SEND"). By hand and not by @yume-chan/adb, whose streams copy and allocate on the way: a push of 128 MiB took 0.29 to 0.42 s of
 * this process's time with them and takes 0.09 to 0.10 s so (`npm run bench:push` compares the rate with the adb program's).
 */
export async function syncSend(request: AdbRequest, serial: string, localPath: string, remotePath: string, { signal, mode, totalBytes, onProgress }: SendOptions): Promise<void> {
  const spec = Buffer.from(`${remotePath},${REGULAR_FILE | mode}`);
  if (spec.length > PATH_BYTES) throw new TransportFault('refused', request.device, `the path is longer than the ${PATH_BYTES} bytes that adb takes: ${JSON.stringify(remotePath.slice(0, 100))}…`);
  const socket = await openServer(request);
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await ask(socket, `host:tport:serial:${serial}`);
    await readExactly(socket, 8);
    await ask(socket, 'sync:');
    socket.write(Buffer.concat([packet('SEND', spec.length), spec]));
    const answer = readAnswer(socket);
    // It is looked at when the file is sent; a refusal before that ends the sending.
    let refused = false;
    answer.catch(() => {
      refused = true;
      socket.destroy();
    });
    await sendPackets(socket, localPath, () => refused, (bytes) => onProgress(bytes, totalBytes));
    if (!refused) socket.write(packet('DONE', Math.floor(Date.now() / 1000)));
    await answer;
  } catch (error) {
    throw signal.aborted ? signal.reason : adbFault(error, request.device);
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

async function openServer({ server, device, signal }: AdbRequest): Promise<Socket> {
  const socket = await connectTcp(server.host, server.port, { signal, device }).catch((error: unknown) => {
    throw error instanceof TransportFault ? new TransportFault('server', device, `no adb server answers at ${server.host}:${server.port}`, error) : error;
  });
  // The reader meets what happened; without a listener the event would end this process.
  socket.on('error', () => {});
  socket.setTimeout(STALL_MS, () => socket.destroy(new TransportFault('timeout', device, `nothing moved for ${STALL_MS / 1000} s`)));
  return socket;
}

/** The file in packets. Two frames take turns, one being read into while the other is written, so that nothing is allocated or copied on the way. */
async function sendPackets(socket: Socket, path: string, isRefused: () => boolean, onSent: (bytes: number) => void): Promise<void> {
  const frames = [new Frame(), new Frame()];
  const file = await open(path);
  try {
    let bytes = 0;
    for (let turn = 0; !isRefused(); turn++) {
      const frame = frames[turn % frames.length];
      if (frame === undefined) break;
      await frame.written;
      const filled = await frame.fill(file);
      if (filled === 0) break;
      frame.write(socket, filled);
      bytes += filled;
      onSent(bytes);
    }
    await Promise.all(frames.map(({ written }) => written));
  } finally {
    await file.close();
  }
}

class Frame {
  /** Settles when the frame may be used again. */
  written: Promise<void> = Promise.resolve();
  readonly #bytes = Buffer.alloc(SLOTS * (HEAD_BYTES + PACKET_BYTES));
  readonly #slots: readonly Buffer[];

  constructor() {
    this.#slots = Array.from({ length: SLOTS }, (_, i) => this.#bytes.subarray(i * (HEAD_BYTES + PACKET_BYTES) + HEAD_BYTES, (i + 1) * (HEAD_BYTES + PACKET_BYTES)));
  }

  async fill(file: FileHandle): Promise<number> {
    const { bytesRead: filled } = await file.readv([...this.#slots]);
    for (let i = 0; i * PACKET_BYTES < filled; i++) packet('DATA', Math.min(PACKET_BYTES, filled - i * PACKET_BYTES)).copy(this.#bytes, i * (HEAD_BYTES + PACKET_BYTES));
    return filled;
  }

  write(socket: Socket, filled: number): void {
    const packets = Math.ceil(filled / PACKET_BYTES);
    this.written = new Promise((resolve) => {
      // A write that fails is told by the answer that does not come.
      socket.write(this.#bytes.subarray(0, filled + packets * HEAD_BYTES), () => resolve());
    });
  }
}

function packet(id: 'SEND' | 'DATA' | 'DONE', value: number): Buffer {
  const head = Buffer.alloc(8, id, 'latin1');
  head.writeUInt32LE(value, 4);
  return head;
}

async function readAnswer(socket: Socket): Promise<void> {
  const head = await readExactly(socket, 8);
  const id = head.toString('latin1', 0, 4);
  if (id === 'OKAY') return;
  if (id !== 'FAIL') throw new Error(`Unexpected response: ${JSON.stringify(id)}`);
  throw new Error((await readExactly(socket, Math.min(head.readUInt32LE(4), PACKET_BYTES))).toString());
}

/** One request to the server (SERVICES.TXT). */
async function ask(socket: Socket, service: string): Promise<void> {
  const text = Buffer.from(service);
  socket.write(Buffer.concat([Buffer.from(text.length.toString(16).padStart(4, '0')), text]));
  const id = (await readExactly(socket, 4)).toString('latin1');
  if (id === 'OKAY') return;
  if (id !== 'FAIL') throw new Error(`Unexpected response: ${JSON.stringify(id)}`);
  const length = Number.parseInt((await readExactly(socket, 4)).toString('latin1'), 16);
  throw new Error(Number.isNaN(length) ? 'Unexpected response' : (await readExactly(socket, length)).toString());
}

async function readExactly(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const chunk = socket.read(bytes) as Buffer | null;
    if (chunk !== null && chunk.length === bytes) return chunk;
    if (socket.errored !== null) throw socket.errored;
    if (chunk !== null || socket.readableEnded || socket.destroyed) throw new Error('the connection was closed in the middle of an answer');
    const wake = new AbortController();
    await Promise.race(['readable', 'end', 'close'].map((event) => once(socket, event, { signal: wake.signal }).catch(() => {})));
    wake.abort();
  }
}
