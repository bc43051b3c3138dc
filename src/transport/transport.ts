/** Why Paddock itself ended a process. */
export type KillReason = 'memory' | 'abort';

export interface ProcessExit {
  /** Null when a signal ended the process, or when the transport can't tell. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Set when Paddock ended it: beyond its memory limit, or by the abort signal. `kill()` leaves it null. */
  readonly killedFor: KillReason | null;
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

/** How to reach a device. */
export interface Transport {
  readonly name: string;
  /** Starts a program; `argv` is never read by a shell. Throws ExecError when it can't be started, the signal's reason when it is aborted already. */
  exec(argv: readonly string[], options: ExecOptions): Promise<DeviceProcess>;
  /** Brings a local file to the device, unless one of this content (SHA-256, hex) is there already. Gives its path on the device. */
  push(localPath: string, sha256: string, signal: AbortSignal): Promise<string>;
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
