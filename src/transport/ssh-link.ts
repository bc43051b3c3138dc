import { stat } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import type { SshAddress } from '../domain/transport-address.ts';
import type { Channel, FetchOptions, Link, SendOptions } from './channel.ts';
import { connectSsh, type SshConnection } from './ssh-connect.ts';
import { sshFault } from './ssh-fault.ts';
import { TransportFault } from './transport-fault.ts';

/** From the request for a channel to its opening. */
const CHANNEL_MS = 20_000;
/** OpenSSH's sftp server takes packets of up to 256 KiB, and reads and writes of 255 KiB; what has less says so by answering short. */
const READ_BYTES = 255 * 1024;
/** Writes under way at a time; OpenSSH takes 2 MiB before it wants to be read. */
const CONCURRENCY = 16;
/**
 * A write, with its head of less than 64 bytes, is seven packets of the 32 KiB that OpenSSH takes in a channel; writes of 32 KiB are each a full packet and a tiny one. ssh2 divides it for servers that take
 * less than OpenSSH does.
 */
const WRITE_BYTES = 7 * 32 * 1024 - 64;

/** A device behind sshd, by ssh2. One connection serves all requests; one that broke is made anew by the next request. */
export class SshLink implements Link {
  readonly name: string;
  readonly fallbackId: string;
  readonly #address: SshAddress;
  #connection: Promise<SshConnection> | null = null;

  constructor(address: SshAddress) {
    this.name = `ssh ${address.user}@${address.host}${address.port === 22 ? '' : `:${address.port}`}`;
    this.fallbackId = `ssh:${address.host}:${address.port}`;
    this.#address = address;
  }

  async open(commandLine: string, signal: AbortSignal): Promise<Channel> {
    const stream = await this.#request<ClientChannel>(signal, (client, done) => client.exec(commandLine, done), (late) => late.close());
    return new SshChannel(stream);
  }

  async send(localPath: string, remotePath: string, { signal, mode, totalBytes, onProgress }: SendOptions): Promise<void> {
    await this.#withSftp(signal, async (sftp) => {
      // ssh2's fastPut leaves a file of no bytes unmade.
      if ((await stat(localPath)).size === 0) await called((done) => sftp.writeFile(remotePath, Buffer.alloc(0), { mode }, done));
      else await called((done) => sftp.fastPut(localPath, remotePath, { mode, concurrency: CONCURRENCY, chunkSize: WRITE_BYTES, step: (sent) => onProgress(sent, totalBytes) }, done));
      await called((done) => sftp.chmod(remotePath, mode, done));
    });
  }

  async *fetch(remotePath: string, { signal, maxBytes, onProgress }: FetchOptions): AsyncGenerator<Uint8Array> {
    const sftp = await this.#sftp(signal);
    const onAbort = (): void => sftp.end();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      let bytes = 0;
      const stream = sftp.createReadStream(remotePath, { highWaterMark: READ_BYTES });
      // Closing the file may still be under way when the reader is done and the channel goes.
      stream.on('error', () => {});
      for await (const chunk of stream) {
        bytes += (chunk as Buffer).length;
        if (bytes > maxBytes) throw new TransportFault('too-large', this.name, `${JSON.stringify(remotePath)} grew beyond ${maxBytes} bytes while it was read`);
        onProgress(bytes);
        yield chunk as Buffer;
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : sshFault(error, this.name);
    } finally {
      signal.removeEventListener('abort', onAbort);
      sftp.end();
    }
  }

  async connect(port: number, signal: AbortSignal): Promise<Duplex> {
    try {
      return await this.#request<ClientChannel>(signal, (client, done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done), (late) => late.close());
    } catch (error) {
      if (!(error instanceof TransportFault) || error.kind !== 'refused') throw error;
      throw new TransportFault('unreachable', this.name, `nothing answers at port ${port} of the device, or its sshd forwards no ports`, error);
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => null);
    connection?.close();
  }

  async #withSftp(signal: AbortSignal, what: (sftp: SFTPWrapper) => Promise<void>): Promise<void> {
    const sftp = await this.#sftp(signal);
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {});
    const onAbort = (): void => ended.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    sftp.once('close', () => ended.reject(new TransportFault('lost', this.name, 'the connection broke')));
    try {
      // A request under way when the connection goes is never answered.
      await Promise.race([what(sftp), ended.promise]);
    } catch (error) {
      throw signal.aborted ? signal.reason : sshFault(error, this.name);
    } finally {
      signal.removeEventListener('abort', onAbort);
      sftp.end();
    }
  }

  async #sftp(signal: AbortSignal): Promise<SFTPWrapper> {
    return this.#request<SFTPWrapper>(signal, (client, done) => client.sftp(done), (late) => late.end());
  }

  /** One request for a channel, bounded in time. `drop` lets go of one that is opened when nobody waits any more. */
  async #request<T>(signal: AbortSignal, ask: (client: Client, done: (error: Error | undefined, value: T) => void) => void, drop: (value: T) => void): Promise<T> {
    const { client } = await this.#connected(signal);
    signal.throwIfAborted();
    return new Promise<T>((resolve, reject) => {
      let waiting = true;
      const settle = (how: () => void): void => {
        waiting = false;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        client.removeListener('close', onClose);
        how();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      const onClose = (): void => settle(() => reject(new TransportFault('lost', this.name, 'the connection broke')));
      const timer = setTimeout(() => settle(() => reject(new TransportFault('timeout', this.name, `the device opened no channel within ${CHANNEL_MS / 1000} s`))), CHANNEL_MS);
      signal.addEventListener('abort', onAbort, { once: true });
      client.once('close', onClose);
      try {
        ask(client, (error, value) => {
          if (!waiting) {
            if (!error) drop(value);
          } else if (error) settle(() => reject(sshFault(error, this.name)));
          else settle(() => resolve(value));
        });
      } catch (error) {
        // ssh2 throws at once when it knows that the connection is gone.
        settle(() => reject(new TransportFault('lost', this.name, 'the connection broke', error)));
      }
    });
  }

  async #connected(signal: AbortSignal): Promise<SshConnection> {
    const before = this.#connection ?? Promise.resolve(null);
    const connection = before.catch(() => null).then((open) => open ?? this.#connect(signal));
    this.#connection = connection;
    return connection;
  }

  async #connect(signal: AbortSignal): Promise<SshConnection> {
    const connection = await connectSsh(this.#address, { device: this.name, signal });
    connection.client.once('close', () => {
      this.#connection = null;
    });
    return connection;
  }
}

class SshChannel implements Channel {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly #stream: ClientChannel;

  constructor(stream: ClientChannel) {
    this.#stream = stream;
    stream.on('error', () => {});
    stream.stderr.on('error', () => {});
    this.stdout = stream;
    this.stderr = stream.stderr;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (!this.#stream.writable) reject(new Error('the channel was closed'));
      else this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.close();
  }
}

async function called(what: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    what((error) => (error ? reject(error) : resolve()));
  });
}
