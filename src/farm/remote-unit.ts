import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../domain/lab.ts';
import type { PowerSource } from '../domain/power-source.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { RuntimeSpec } from '../domain/suite.ts';
import { isSameServer, type TransportAddress } from '../domain/transport-address.ts';
import { openBrowserDevice } from '../device/browser-device.ts';
import { takeBrowserLease } from '../device/browser-lease.ts';
import type { Device } from '../device/device.ts';
import { LeaseError, takeDeviceLease, type DeviceLease } from '../device/device-lease.ts';
import { asId, idOfIdentity } from '../device/device-id.ts';
import { acquireLease, type Lease } from '../device/lease.ts';
import type { Place } from '../device/places.ts';
import type { Reach } from '../device/reach.ts';
import { openRemoteDevice } from '../device/remote.ts';
import type { LibraryPlace } from '../harness/onnxruntime-library.ts';
import { prepareHarness, type HarnessCommand } from '../harness/prepare-harness.ts';
import { webHarness } from '../harness/web-bundle.ts';
import { type BrowserPlace, phoneOf, placeBefore } from '../transport/browser-place.ts';
import { BrowserTransport } from '../transport/browser-transport.ts';
import { AnotherDevice } from '../transport/identity.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import type { DeviceIdentity, Transport } from '../transport/transport.ts';
import { runRecovery } from './recovery-command.ts';
import type { NotBack, Unit } from './unit.ts';

/** One try to reach a lost device: a connection stands in milliseconds, an adb server under load took seconds. */
const TRY_MS = 30_000;
/** A browser is started, and its page loaded. */
const BROWSER_TRY_MS = 120_000;
const PAUSE_MS = 2000;
/** The recovery command is for what does not come back by itself: a reboot takes longer than this, a cable that was touched does not. */
const RECOVERY_AFTER_SHARE = 0.1;

export interface RemoteOptions {
  readonly lab: Lab;
  readonly reach: Reach;
  readonly profiles: readonly DeviceProfile[];
  /** Who uses the device, for those who wait for it. */
  readonly label: string;
  /** Where harness apps and their libraries are on this host. */
  readonly harnessPlace: LibraryPlace;
  /** Where its power is read, in place of what its profile says. */
  readonly power?: readonly PowerSource[];
  readonly onNote: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A device that was reached, before anything is asked of it. The caller closes the transport. */
export interface Reached {
  readonly place: Place;
  readonly id: string;
  readonly transport: Transport;
  readonly identity: DeviceIdentity;
}

type ReachOptions = Pick<RemoteOptions, 'reach' | 'lab' | 'harnessPlace' | 'label' | 'onNote'>;

/** Opens the way to a place and asks who is there; a browser that may be on a machine that others measure on is started between their launches. Throws TransportFault, the signal's reason. */
export async function reachPlace(place: Place, options: ReachOptions, signal: AbortSignal): Promise<Reached> {
  await using _alone = await aloneFor(place, placeOfAddress(place.address), options, signal);
  return await connectTo(place, options, signal);
}

async function connectTo(place: Place, { reach, lab, harnessPlace: { installFolder } }: ReachOptions, signal: AbortSignal): Promise<Reached> {
  const folder = place.entry?.folder;
  const transport = await reach.open(place.address, { signal, installFolder, cacheMaxBytes: lab.limits.cacheMiB * 1024 * 1024, ...(folder === undefined ? {} : { remoteFolder: folder }) });
  try {
    const identity = await transport.identify(signal);
    return { place, id: place.entry?.id ?? idOfIdentity(identity), transport, identity };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

interface OpenParts {
  readonly transport: Transport;
  readonly device: Device;
  readonly lease: DeviceLease;
}

/** A device behind a transport, for one run: held by a lease of its own, brought what it needs, looked for when it is lost. */
export class RemoteUnit implements Unit, AsyncDisposable {
  readonly id: string;
  readonly identity: DeviceIdentity;
  readonly #place: Place;
  readonly #options: RemoteOptions;
  #open: OpenParts;
  /** By runtime id; pushed again when the device was lost, as it may have been emptied. */
  readonly #harnesses = new Map<string, Promise<HarnessCommand>>();

  private constructor(reached: Reached, options: RemoteOptions, open: OpenParts) {
    this.id = reached.id;
    this.identity = reached.identity;
    this.#place = reached.place;
    this.#options = options;
    this.#open = open;
  }

  /** Takes the device for this run and reads what it is. Closes the transport when that fails. Throws LeaseError, TransportFault, ExecError, the signal's reason. */
  static async open(reached: Reached, options: RemoteOptions, maxWaitMs: number): Promise<RemoteUnit> {
    const { place, transport } = reached;
    const alone = (): Promise<Lease | null> => aloneFor(place, placeOfTransport(transport), options, options.signal);
    return new RemoteUnit(reached, options, await openParts(reached, options, { signal: options.signal, maxWaitMs, alone }));
  }

  get device(): Device {
    return this.#open.device;
  }

  get lockId(): string {
    return lockOf(this.id, this.#place.address, placeOfTransport(this.#open.transport), this.#options.lab);
  }

  /** Holds what it computes on, where others measure there too; null where only it does. For what it does outside a campaign's launches. */
  alone(signal: AbortSignal): Promise<Lease | null> {
    return aloneFor(this.#place, placeOfTransport(this.#open.transport), this.#options, signal);
  }

  harness(runtime: RuntimeSpec, signal: AbortSignal): Promise<HarnessCommand> {
    const known = this.#harnesses.get(runtime.id) ?? this.#bring(runtime, signal);
    this.#harnesses.set(runtime.id, known);
    known.catch(() => this.#harnesses.delete(runtime.id));
    return known;
  }

  #bring(runtime: RuntimeSpec, signal: AbortSignal): Promise<HarnessCommand> {
    const { transport } = this.#open;
    return transport instanceof BrowserTransport ? webHarness(runtime, this.#options.harnessPlace.installFolder, signal) : prepareHarness(transport, runtime, this.#options.harnessPlace, signal);
  }

  confirm(signal: AbortSignal): Promise<string | null> {
    return this.#open.lease.confirm(signal);
  }

  async recover(signal: AbortSignal): Promise<NotBack | null> {
    const { returnSeconds, waitMinutes } = this.#options.lab.limits;
    const recovery = this.#place.entry?.recover;
    const startedMs = performance.now();
    let lostSinceMs = startedMs;
    const elapsedS = (sinceMs: number): number => (performance.now() - sinceMs) / 1000;
    this.#harnesses.clear();
    await this.#closeParts();
    let tried: string | null = null;
    let holder: string | null = null;
    for (let last = ''; ;) {
      try {
        const waitingMs = performance.now();
        // A browser that starts up takes its machine from whoever is measured there; their launch is not its own absence.
        await using _alone = await this.alone(signal);
        lostSinceMs += performance.now() - waitingMs;
        this.#open = await this.#reopen(signal);
        return null;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof LeaseError && error.owner !== holder) this.#options.onNote(`${this.id}: ${error.owner} uses it; waiting`);
        holder = error instanceof LeaseError ? error.owner : null;
        if (holder !== null) lostSinceMs = performance.now();
        if (holder === null && !(error instanceof TransportFault) && !(error instanceof Error && error.name === 'ExecError')) throw error;
        last = (error as Error).message;
      }
      if (holder !== null && elapsedS(startedMs) >= waitMinutes * 60) return { kind: 'in-use', message: `it is in use by ${holder} (waited ${Math.round(elapsedS(startedMs))} s)` };
      // What brings a lost device back would end the other one's launch.
      if (holder === null && recovery !== undefined && tried === null && elapsedS(lostSinceMs) >= RECOVERY_AFTER_SHARE * returnSeconds) {
        this.#options.onNote(`${this.id}: running its recovery command`);
        tried = await runRecovery(recovery, this.id, signal);
        this.#options.onNote(`${this.id}: ${tried}`);
      }
      if (holder === null && elapsedS(lostSinceMs) >= returnSeconds) return { kind: 'lost', message: `${last} (waited ${returnSeconds} s${tried === null ? '' : `; ${tried}`})` };
      await sleep(PAUSE_MS, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    }
  }

  async #reopen(signal: AbortSignal): Promise<OpenParts> {
    const tryMs = this.#open.transport instanceof BrowserTransport ? BROWSER_TRY_MS : TRY_MS;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(tryMs)]);
    try {
      await this.#wakeServer(inTime);
      const reached = await connectTo(this.#place, this.#options, inTime);
      if (reached.identity.id !== this.identity.id) {
        await reached.transport.close();
        throw new AnotherDevice(reached.transport.name, this.identity, reached.identity);
      }
      return await openParts({ ...reached, id: this.id }, this.#options, { signal: inTime, maxWaitMs: 0, alone: () => Promise.resolve(null) });
    } catch (error) {
      signal.throwIfAborted();
      if (inTime.aborted && error === inTime.reason) throw new TransportFault('timeout', this.#place.label, `it did not answer within ${tryMs / 1000} s`);
      throw error;
    }
  }

  /** An adb server that was killed is started again, and told of a device on the network again. */
  async #wakeServer(signal: AbortSignal): Promise<void> {
    const { address, entry } = this.#place;
    if (address.kind !== 'adb') return;
    const server = this.#options.reach.adbServer(address.server);
    const listed = await server.list(signal).catch(async (error: unknown) => {
      if (!(error instanceof TransportFault) || error.kind !== 'server') throw error;
      await server.start(signal);
      return server.list(signal);
    });
    const hostPort = entry?.adb?.connect ?? (/^[^\s:]+:\d+$/.test(address.serial) ? address.serial : undefined);
    if (hostPort !== undefined && !listed.some((device) => device.serial === address.serial && device.state === 'device')) await server.connect(hostPort, signal);
  }

  async #closeParts(): Promise<void> {
    const { device, lease, transport } = this.#open;
    // A device that is gone can't be told.
    await Promise.resolve(device[Symbol.asyncDispose]()).catch(() => undefined);
    await lease.release();
    await transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeParts();
  }
}

/** The device that a unit computes on, where others may compute on it too. */
export function lockOf(id: string, address: TransportAddress, on: BrowserPlace, lab: Lab): string {
  // Where it is not known, waiting for one another costs less than measuring at once.
  if (on !== 'elsewhere') return 'local';
  if (address.kind !== 'webdriver') return id;
  const serial = address.reverse?.serial ?? phoneOf(address);
  if (serial === null) return id;
  const { server } = address.reverse ?? {};
  return lab.devices.find(({ adb }) => adb?.serial === serial && (adb.server === undefined || server === undefined || isSameServer(adb.server, server)))?.id ?? asId(serial);
}

function placeOfAddress(address: TransportAddress): BrowserPlace {
  return address.kind === 'browser' || address.kind === 'webdriver' ? placeBefore(address) : 'elsewhere';
}

function placeOfTransport(transport: Transport): BrowserPlace {
  return transport instanceof BrowserTransport ? transport.place : 'elsewhere';
}

/** Waits until nobody measures on what a browser computes on; null for what has its device to itself. Throws the signal's reason. */
async function aloneFor({ address, entry, label: reached }: Place, on: BrowserPlace, { lab, label, onNote }: Pick<RemoteOptions, 'lab' | 'label' | 'onNote'>, signal: AbortSignal): Promise<Lease | null> {
  const id = entry?.id ?? reached;
  const lockId = lockOf(id, address, on, lab);
  if (lockId === id) return null;
  return acquireLease(lockId, { owner: label, signal, onWait: (owner) => { onNote(`${id}: ${owner} is measuring on ${lockId === 'local' ? 'this machine' : lockId}; its launch is waited for`); } });
}

interface Opening {
  readonly signal: AbortSignal;
  readonly maxWaitMs: number;
  /** Takes what the device computes on while it is looked at, once it is this run's own. */
  readonly alone: () => Promise<Lease | null>;
}

async function openParts({ id, transport }: Reached, { label, profiles, power, harnessPlace: { installFolder }, onNote }: RemoteOptions, { signal, maxWaitMs, alone }: Opening): Promise<OpenParts> {
  let lease: DeviceLease | null = null;
  try {
    // A look that does not wait has nothing to tell: whoever waits for it later tells.
    const waiting = { label, maxWaitMs, signal, onWait: (owner: string) => { if (maxWaitMs > 0) onNote(`${id}: ${owner} uses it; waiting`); } };
    if (transport instanceof BrowserTransport) {
      lease = await takeBrowserLease(id, waiting);
      const { argv } = await webHarness({}, installFolder, signal);
      await using _alone = await alone();
      return { transport, lease, device: await openBrowserDevice(transport, { id, argv, profiles, signal }) };
    }
    lease = await takeDeviceLease(transport, id, waiting);
    const device = await openRemoteDevice(transport, { id, profiles, signal, ...(power === undefined ? {} : { power }) });
    return { transport, device, lease };
  } catch (error) {
    await lease?.release();
    await transport.close();
    throw error;
  }
}
