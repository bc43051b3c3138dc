import type { Duplex } from 'node:stream';
import type { OnProgress } from './transport.ts';

/** One command that runs on a device, as the connection itself gives it: without a process id, and with no word when the connection is lost. */
export interface Channel {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Settles when the bytes were taken; rejects when nothing reads them any more. */
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
  /** Lets it go at once. What it runs is not ended by that. */
  destroy(): void;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  readonly mode: number;
  readonly totalBytes: number;
  readonly onProgress: OnProgress;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly onProgress: (bytes: number) => void;
}

/** A connection to a device, on which everything of a Transport is built. Its methods throw TransportFault or the signal's reason; each connects when it must. */
export interface Link {
  /** As Transport.name. */
  readonly name: string;
  /** What the device is when it has no number of its own, such as `host-key:…`. */
  readonly fallbackId: string;
  /** Starts a command line in the device's shell. */
  open(commandLine: string, signal: AbortSignal): Promise<Channel>;
  /** Writes a file as it is: not verified, and half of it when it fails. */
  send(localPath: string, remotePath: string, options: SendOptions): Promise<void>;
  /** Gives the bytes of a file as they come. */
  fetch(remotePath: string, options: FetchOptions): AsyncIterable<Uint8Array>;
  connect(port: number, signal: AbortSignal): Promise<Duplex>;
  close(): Promise<void>;
}
