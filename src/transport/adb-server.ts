import type { AdbServerAddress } from '../domain/transport-address.ts';
import type { AdbDevice } from '../parse/adb-devices.ts';

/** What an adb server says now: its devices in whatever state, or why it says nothing. */
export type AdbSighting = { readonly devices: readonly AdbDevice[] } | { readonly fault: Error };

/** One adb server. It is never started unless `start` is called. */
export interface AdbServer {
  readonly address: AdbServerAddress;
  /** Throws TransportFault `server` when there is none. */
  list(signal: AbortSignal): Promise<readonly AdbDevice[]>;
  /** The list now and after each change, until the signal is aborted (which ends it without an error). A server that goes is a sighting with `fault`; it is looked for again. */
  track(signal: AbortSignal): AsyncIterable<AdbSighting>;
  /** What `adb connect HOST:PORT` does. Throws TransportFault `unreachable`. */
  connect(hostPort: string, signal: AbortSignal): Promise<void>;
  disconnect(hostPort: string, signal: AbortSignal): Promise<void>;
  /** Starts one with the adb program of this host, when it is one of this host and does not run. */
  start(signal: AbortSignal): Promise<void>;
}
