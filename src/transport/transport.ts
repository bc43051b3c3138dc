import type { Duplex } from 'node:stream';
import type { TransportFault } from './transport-fault.ts';

/** Why Paddock itself ended a process. */
export type KillReason = 'memory' | 'abort';

export interface ProcessExit {
  /** Null when a signal ended the process, or when the transport can't tell. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Set when Paddock ended it: beyond its memory limit, or by the abort signal. `kill()` leaves it null. */
  readonly killedFor: KillReason | null;
  /** Set when the way to the device was lost before the process's end was heard of. It is being ended there, or is gone with the device. */
  readonly lost?: TransportFault;
}

/** A running process on a device. Whoever started it ends it: by `kill`, by the abort signal, or by waiting for `exited`. */
export interface DeviceProcess {
  /** The process id on the device; null when the transport can't tell. */
  readonly pid: number | null;
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Settles when the text was taken; rejects when the process no longer reads. */
  write(text: string): Promise<void>;
  closeInput(): void;
  /** Settles when the process and its group are gone; never rejects. Output may still have to be read. */
  readonly exited: Promise<ProcessExit>;
  /** How long an orderly end may take when it is more than a process's own. */
  readonly exitMs?: number;
  /** Ends the process with everything it started; settles when it is gone. Does nothing when it is gone already. */
  kill(): Promise<void>;
}

export interface ExecOptions {
  /** Ends the process with everything it started. */
  readonly signal: AbortSignal;
  /** Added to the environment that the transport gives. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The process is killed when its resident and swapped memory goes beyond this. */
  readonly memoryLimitBytes?: number;
}

/** What the thing at the other end says it is. */
export interface DeviceIdentity {
  /** The same across reboots, another for every unit: `serial:…`, `dmi:…`, `machine-id:…` or `host-key:…` (of several units flashed with one image, only the first two differ). */
  readonly id: string;
  /** Another after each boot; null where the system has none (only Linux and Android have one). */
  readonly bootId: string | null;
}

/** Called now and then while a file is on its way; `bytes` of `totalBytes` are across. */
export type OnProgress = (bytes: number, totalBytes: number) => void;

export interface UploadOptions {
  readonly signal: AbortSignal;
  /** Content expected (hex). What arrived is checked against it on the device, or against the local file's own digest when this is left out. */
  readonly sha256?: string;
  /** Permission bits on the device; left out, those of the local file's owner decide between 0o755 and 0o644. */
  readonly mode?: number;
  readonly onProgress?: OnProgress;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** A larger file is refused. */
  readonly maxBytes: number;
  readonly onProgress?: OnProgress;
}

/** One file of a bundle. */
export interface BundleFile {
  /** Where it stands inside the bundle's folder: relative, with `/`, without `..`. */
  readonly path: string;
  readonly localPath: string;
  readonly sha256: string;
}

/**
 * How to reach a device. Beside the errors named, everything that needs the device throws TransportFault, whose `kind` says what is wrong with the way there,
 * and the signal's reason when it was aborted. A transport stays usable after a fault: the next call tries again.
 */
export interface Transport extends AsyncDisposable {
  /** The kind of transport and what it leads to, for messages: `local`, `adb SERIAL`, `ssh USER@HOST`. */
  readonly name: string;
  /** Starts a program; `argv` is never read by a shell. Throws ExecError when it can't be started, the signal's reason when it is aborted already. */
  exec(argv: readonly string[], options: ExecOptions): Promise<DeviceProcess>;
  /**
   * Brings a local file to the device's push cache, unless one of this content (SHA-256, hex) is there already. Gives its path on the device, where it stays
   * until `close`. The executable bit of the local file is kept. The file is shared: it must not be written to.
   */
  push(localPath: string, sha256: string, signal: AbortSignal, onProgress?: OnProgress): Promise<string>;
  /** Like `push`, for files that must stand beside each other under their names. Gives the folder. */
  pushBundle(files: readonly BundleFile[], signal: AbortSignal, onProgress?: OnProgress): Promise<string>;
  /** Bytes of file content sent to the device since this transport was opened. */
  readonly sentBytes: number;
  /** Writes a local file to a path on the device: verified, and in its place by one rename, so that no half file is ever seen under that name. Folders that are not there are made. */
  upload(localPath: string, remotePath: string, options: UploadOptions): Promise<void>;
  /** Fetches a file; at `localPath` it appears whole or not at all. */
  download(remotePath: string, localPath: string, options: DownloadOptions): Promise<void>;
  /** A folder on the device of this transport's own, to write to; removed by `close`, and by the next transport after a crash. */
  scratch(signal: AbortSignal): Promise<string>;
  /** A stream to a TCP port of the device's loopback. */
  connect(port: number, signal: AbortSignal): Promise<Duplex>;
  /** Asks the device what it is. Throws AnotherDevice or DeviceRebooted when the answer differs from the first one of this transport. */
  identify(signal: AbortSignal): Promise<DeviceIdentity>;
  /** Ends what still runs on the device, removes what was its own there, and lets the connection go. Never throws; does nothing the second time. */
  close(): Promise<void>;
}

/** A program could not be started on the device. */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly argv: readonly string[];
  constructor(argv: readonly string[], cause: unknown) {
    super(`can't start ${JSON.stringify(argv[0] ?? '')}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.argv = argv;
  }
}
