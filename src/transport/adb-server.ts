import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdbServerAddress } from '../domain/transport-address.ts';
import { type AdbDevice, parseAdbDevices } from '../parse/adb-devices.ts';
import { askServer } from './adb-connection.ts';
import { adbFault } from './adb-fault.ts';
import { AdbkitClient } from './adbkit-client.ts';
import { TransportFault } from './transport-fault.ts';

/** What an adb server says now: its devices in whatever state, or why it says nothing. */
export type AdbSighting = { readonly devices: readonly AdbDevice[] } | { readonly fault: TransportFault };

/** How soon a server that went is looked for again. */
const RETRY_MS = 1000;
const START_MS = 20_000;

/** One adb server. It is never started unless `start` is called. */
export class AdbServer {
  readonly address: AdbServerAddress;
  readonly #name: string;

  constructor(address: AdbServerAddress) {
    this.address = address;
    this.#name = `adb server ${address.host}:${address.port}`;
  }

  /** Throws TransportFault: `server` when there is none, `garbage` when what answers is none. */
  async list(signal: AbortSignal): Promise<readonly AdbDevice[]> {
    const text = await this.#ask('host:devices-l', signal);
    // The server sends the lines without the heading that the program prints.
    const outcome = parseAdbDevices(`List of devices attached\n${text}`);
    if (!outcome.ok) throw new TransportFault('garbage', this.#name, outcome.reason);
    return outcome.value.devices;
  }

  /** The list now and after each change, until the signal is aborted (which ends it without an error). A server that goes is a sighting with `fault`; it is looked for again. */
  async *track(signal: AbortSignal): AsyncGenerator<AdbSighting> {
    while (!signal.aborted) {
      const watch = new AbortController();
      try {
        for await (const devices of this.#changes(AbortSignal.any([signal, watch.signal]))) yield { devices };
        if (!signal.aborted) yield { fault: new TransportFault('server', this.#name, 'the adb server went away') };
      } catch (error) {
        if (signal.aborted) return;
        yield { fault: adbFault(error, this.#name) };
      } finally {
        watch.abort();
      }
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** What `adb connect HOST:PORT` does. Throws TransportFault `unreachable`. */
  async connect(hostPort: string, signal: AbortSignal): Promise<void> {
    const said = await this.#ask(`host:connect:${checked(hostPort)}`, signal);
    // The server says OKAY in either case; what came of it stands in the text.
    if (!/^(?:already )?connected to/.test(said)) throw new TransportFault('unreachable', this.#name, `${hostPort} can't be connected (adb says ${JSON.stringify(said.slice(0, 200))})`);
  }

  /** What `adb disconnect HOST:PORT` does; nothing when it is not connected. */
  async disconnect(hostPort: string, signal: AbortSignal): Promise<void> {
    await this.#ask(`host:disconnect:${checked(hostPort)}`, signal).catch((error: unknown) => {
      if (!(error instanceof TransportFault) || error.kind === 'server' || error.kind === 'timeout') throw error;
    });
  }

  /** Starts one with the adb program of this host, when it is to be on this host and does not run. */
  async start(signal: AbortSignal): Promise<void> {
    if (await this.#ask('host:version', signal).then(() => true, () => false)) return;
    const { host, port } = this.address;
    if (host !== 'localhost' && !(isIP(host) === 4 && host.startsWith('127.'))) throw new TransportFault('server', this.#name, 'it is on another host and has to be started there: adb start-server');
    const child = spawn('adb', ['-P', String(port), 'start-server'], { stdio: 'ignore', signal: AbortSignal.any([signal, AbortSignal.timeout(START_MS)]) });
    const [code] = await once(child, 'exit').catch((error: unknown) => {
      signal.throwIfAborted();
      throw new TransportFault('server', this.#name, 'the adb program can\'t be started; install it (Debian: apt-get install adb)', error);
    });
    if (code !== 0) throw new TransportFault('server', this.#name, `adb start-server ended with code ${code}`);
  }

  async #ask(service: string, signal: AbortSignal): Promise<string> {
    return askServer({ server: this.address, device: this.#name, signal }, service);
  }

  /** Ends when the server goes. adbkit's tracker says when something changed; the full list, with models, is then asked for. */
  async *#changes(signal: AbortSignal): AsyncGenerator<readonly AdbDevice[]> {
    yield await this.list(signal);
    const tracker = await new AdbkitClient(this.address).trackDevices();
    let state: 'same' | 'changed' | 'ended' = 'same';
    let wake = (): void => {};
    const note = (next: 'changed' | 'ended'): void => {
      if (state !== 'ended') state = next;
      wake();
    };
    tracker.on('changeSet', () => note('changed'));
    tracker.on('error', () => note('ended'));
    tracker.on('end', () => note('ended'));
    const onAbort = (): void => note('ended');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    let last = '';
    try {
      for (;;) {
        if (state === 'same') {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (isEnded(state)) return;
        state = 'same';
        const devices = await this.list(signal);
        const now = JSON.stringify(devices);
        if (now !== last) yield devices;
        last = now;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      tracker.end();
    }
  }
}

/** Events change the state between looks, which the compiler does not see. */
function isEnded(state: string): boolean {
  return state === 'ended';
}

function checked(hostPort: string): string {
  if (!/^[^\s\0]{1,255}$/.test(hostPort)) throw new TypeError(`${JSON.stringify(hostPort)} is no HOST:PORT`);
  return hostPort;
}
