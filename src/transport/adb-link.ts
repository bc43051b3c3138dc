import type { Duplex } from 'node:stream';
import { AdbFeature, AdbShellProtocolProcessImpl, type AdbSocket } from '@yume-chan/adb';
import type { AdbAddress } from '../domain/transport-address.ts';
import { adbClient } from './adb-client.ts';
import { type AdbRequest, deviceFeatures, openService } from './adb-connection.ts';
import { adbFault } from './adb-fault.ts';
import { syncSend } from './adb-sync-send.ts';
import { AdbkitClient } from './adbkit-client.ts';
import type { Channel, FetchOptions, Link, SendOptions } from './channel.ts';
import { TransportFault } from './transport-fault.ts';

/** A device at an adb server, by @yume-chan/adb (shell v2, reading files) and adbkit (streams to ports). Each request names the serial, so that it finds the device again after it was away. */
export class AdbLink implements Link {
  readonly name: string;
  readonly fallbackId: string;
  readonly #address: AdbAddress;
  /** Asked once; a device that comes back with other software has another boot id. */
  #features: readonly string[] | null = null;

  constructor(address: AdbAddress) {
    this.name = `adb ${address.serial}`;
    this.fallbackId = `adb:${address.serial}`;
    this.#address = address;
  }

  async open(commandLine: string, signal: AbortSignal): Promise<Channel> {
    await this.#shellV2(signal);
    const life = new AbortController();
    const either = AbortSignal.any([life.signal]);
    const onAbort = (): void => life.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const socket = await openService(this.#request(either), this.#address.serial, `shell,v2,raw:${commandLine}`);
      return new AdbChannel(socket, () => life.abort(new Error('closed')));
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async send(localPath: string, remotePath: string, options: SendOptions): Promise<void> {
    await syncSend(this.#request(options.signal), this.#address.serial, localPath, remotePath, options);
  }

  async *fetch(remotePath: string, { signal, maxBytes, onProgress }: FetchOptions): AsyncGenerator<Uint8Array> {
    const life = new AbortController();
    const either = AbortSignal.any([signal, life.signal]);
    try {
      const sync = await adbClient(this.#request(either), this.#address.serial, await this.#shellV2(either)).sync();
      let bytes = 0;
      for await (const chunk of sync.read(remotePath)) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new TransportFault('too-large', this.name, `${JSON.stringify(remotePath)} grew beyond ${maxBytes} bytes while it was read`);
        onProgress(bytes);
        yield chunk;
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : adbFault(error, this.name);
    } finally {
      // adb can't stop a transfer but by letting the connection go.
      life.abort(new Error('done'));
    }
  }

  async connect(port: number, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted();
    try {
      const opening = new AdbkitClient(this.#address.server).getDevice(this.#address.serial).openTcp(port);
      const stream = await opening;
      if (signal.aborted) {
        stream.destroy();
        throw signal.reason;
      }
      return stream;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const fault = adbFault(error, this.name);
      throw fault.kind === 'lost' ? new TransportFault('unreachable', this.name, `nothing answers at port ${port} of the device`, error) : fault;
    }
  }

  async close(): Promise<void> {
    // Every request has a connection of its own, which went with it.
  }

  #request(signal: AbortSignal): AdbRequest {
    return { server: this.#address.server, device: this.name, signal };
  }

  async #shellV2(signal: AbortSignal): Promise<readonly string[]> {
    this.#features ??= await deviceFeatures(this.#request(signal), this.#address.serial);
    if (!this.#features.includes(AdbFeature.ShellV2)) throw new TransportFault('garbage', this.name, 'its adb has no shell protocol 2 (Android 7 or later has it), so exit codes could not be told');
    return this.#features;
  }
}

/** One shell. @yume-chan/adb speaks the protocol; its streams are read by whoever reads the channel's. */
class AdbChannel implements Channel {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly #writer: { write(chunk: Uint8Array): Promise<void>; close(): Promise<void> };
  readonly #destroy: () => void;
  #ended = false;
  #closed = false;

  constructor(socket: AdbSocket, destroy: () => void) {
    const shell = new AdbShellProtocolProcessImpl(socket);
    // The script's own word tells how it ended.
    shell.exited.catch(() => {});
    this.stdout = shell.stdout;
    this.stderr = shell.stderr;
    this.#writer = shell.stdin.getWriter();
    this.#destroy = destroy;
    void socket.closed.then(() => {
      this.#closed = true;
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(bytes);
    if (this.#closed) throw new Error('the channel was closed');
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // A shell that is gone needs no end of input.
    this.#writer.close().catch(() => {});
  }

  destroy(): void {
    this.#destroy();
  }
}
