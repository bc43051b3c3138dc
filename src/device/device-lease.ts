import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { describeOwner, liveness, ownerSchema, thisProcess, type Owner } from '../store/owner.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import type { Transport } from '../transport/transport.ts';
import { LEASE_SCRIPT } from './lease-script.ts';
import { shellAnswer } from './shell-answer.ts';

/** A lease whose owner gave no sign for so long is stale. Longer than any pause of a live owner: it gives one every `RENEW_MS`. */
const TTL_S = 300;
const RENEW_MS = 90_000;
const POLL_MS = 2000;
const RELEASE_MS = 5000;

/** A device stayed in use for longer than the wait. */
export class LeaseError extends Error {
  override readonly name = 'LeaseError';
  readonly deviceId: string;
  readonly owner: string;

  constructor(deviceId: string, owner: string, waitedMs: number) {
    super(`device ${deviceId} was in use by ${owner} for ${Math.round(waitedMs / 1000)} s. What to do: wait until it ends, or stop it.`);
    this.deviceId = deviceId;
    this.owner = owner;
  }
}

const textSchema = z.object({ token: z.string(), boot: z.string(), up: z.number(), ttlS: z.number().max(86_400), owner: ownerSchema });

/** What a device says of its lease. Times are seconds of its own uptime, in one boot. */
interface LeaseState {
  readonly up: number;
  readonly boot: string;
  readonly lease: { readonly number: number; readonly text: string; readonly beat: { readonly boot: string; readonly up: number } | null; readonly state: 'held' | 'free' } | null;
}

export interface DeviceLeaseOptions {
  /** Who asks, for the messages of others. */
  readonly label: string;
  /** The same folder for all who share the device; default: the first of Android's and Linux's that can be written. */
  readonly folder?: string;
  readonly maxWaitMs: number;
  /** What to do where this very process has it, under another name of the device: it would wait for itself. Default: wait. */
  readonly ownProcess?: 'wait' | 'refuse';
  /** Between looks at a device that somebody has. */
  readonly pollMs?: number;
  readonly signal: AbortSignal;
  /** Called once for each owner that is waited for. */
  readonly onWait: (owner: string) => void;
}

/** The right to use a device, among all hosts that reach it. */
export interface DeviceLease {
  /** Null while it is held, else who took the device, in words. A device that can't be asked is still held as long as nobody else could have it. Throws the signal's reason. */
  confirm(signal: AbortSignal): Promise<string | null>;
  /** Gives the device back; never throws. A device that can't be told frees itself when the lease is stale. */
  release(): Promise<void>;
}

/**
 * Waits until no other Paddock, on this or on another host, uses the device. The lease is on the device itself, with its owner; it is renewed while it is held. One
 * whose owner died on this host is free at once, one of another host when it was not renewed for five minutes by the device's own clock.
 * @throws LeaseError when the wait is up, or the holder is this process and to be refused; TransportFault; the signal's reason
 */
export async function takeDeviceLease(transport: Transport, deviceId: string, options: DeviceLeaseOptions): Promise<DeviceLease> {
  const { signal, onWait, maxWaitMs, pollMs = POLL_MS, ownProcess = 'wait' } = options;
  const folder = options.folder ?? (await findFolder(transport, signal));
  const owner = thisProcess(options.label);
  const token = randomUUID();
  const startedMs = performance.now();
  let told: string | null = null;
  for (let state = readState(transport, await shellAnswer(transport, LEASE_SCRIPT, [folder, 'look'], signal)); ;) {
    const holder = holderOf(state);
    if (holder === null) {
      const number = (state.lease?.number ?? 0) + 1;
      const text = encode({ token, boot: state.boot, up: state.up, ttlS: TTL_S, owner });
      const answer = await shellAnswer(transport, LEASE_SCRIPT, [folder, 'take', String(number), text], signal);
      if (answer.trim() === 'won') return new HeldLease(transport, { folder, number, text });
      state = readState(transport, answer);
      continue;
    }
    const waitedMs = performance.now() - startedMs;
    if (waitedMs >= maxWaitMs || (ownProcess === 'refuse' && isHeldHere(state))) throw new LeaseError(deviceId, holder, waitedMs);
    if (holder !== told) onWait(holder);
    told = holder;
    await sleep(Math.min(pollMs, maxWaitMs - waitedMs), undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
    state = readState(transport, await shellAnswer(transport, LEASE_SCRIPT, [folder, 'look'], signal));
  }
}

/** Leases that this process let go of while their device was gone: nobody's, when it is back. */
const abandoned = new Set<string>();

interface Place { readonly folder: string; readonly number: number; readonly text: string }

class HeldLease implements DeviceLease {
  readonly #transport: Transport;
  readonly #place: Place;
  readonly #timer: NodeJS.Timeout;
  readonly #ended = new AbortController();
  /** Nobody can have taken it before this time and the lease's length. */
  #renewedMs = performance.now();
  #taken: string | null = null;

  constructor(transport: Transport, place: Place) {
    this.#transport = transport;
    this.#place = place;
    // For launches that are longer than the lease: a look in between takes the device some milliseconds.
    this.#timer = setInterval(() => { void this.confirm(this.#ended.signal).catch(() => undefined); }, RENEW_MS);
    this.#timer.unref();
  }

  async confirm(signal: AbortSignal): Promise<string | null> {
    if (this.#taken !== null) return this.#taken;
    const { folder, number, text } = this.#place;
    const askedMs = performance.now();
    try {
      const answer = await shellAnswer(this.#transport, LEASE_SCRIPT, [folder, 'renew', String(number), text], signal);
      if (answer.trim() === 'kept') this.#renewedMs = askedMs;
      else this.#taken = holderOf(readState(this.#transport, answer)) ?? 'somebody who has left again';
      return this.#taken;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransportFault)) throw error;
      return performance.now() - this.#renewedMs < TTL_S * 1000 ? null : `nobody known: it could not be asked for ${Math.round((performance.now() - this.#renewedMs) / 1000)} s (${error.message}), and the lease ran out meanwhile`;
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#ended.signal.aborted) return;
    this.#ended.abort(new Error('the lease was given back'));
    const { folder, number, text } = this.#place;
    // A device that is gone keeps the lease until it is stale, or until this process is seen to be dead.
    await shellAnswer(this.#transport, LEASE_SCRIPT, [folder, 'free', String(number), text], AbortSignal.timeout(RELEASE_MS)).catch(() => { abandoned.add(text); });
  }
}

/** Android's folder for its shell user, else the usual one; both are cleared by nobody while a device is in use. */
async function findFolder(transport: Transport, signal: AbortSignal): Promise<string> {
  const base = (await shellAnswer(transport, 'for d in /data/local/tmp /tmp; do if [ -d "$d" ] && [ -w "$d" ]; then echo "$d"; exit 0; fi; done; exit 3', [], signal)).trim();
  return `${base}/paddock-lease`;
}

function encode(text: z.infer<typeof textSchema>): string {
  return Buffer.from(JSON.stringify(text)).toString('base64url');
}

function decode(text: string): z.infer<typeof textSchema> | null {
  try {
    return textSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}

function readState(transport: Transport, answer: string): LeaseState {
  const line = (word: string): string[] | null => answer.split('\n').find((each) => each === word || each.startsWith(`${word} `))?.split(' ').slice(1) ?? null;
  const [up, boot] = line('now') ?? [];
  const lease = line('lease');
  const beat = line('beat');
  if (up === undefined || boot === undefined || !/^\d+$/.test(up)) throw new TransportFault('garbage', transport.name, `its lease can't be read: ${answer.slice(0, 200)}`);
  return {
    up: Number(up), boot,
    lease: lease === null ? null : {
      number: Number(lease[0]), text: lease[1] ?? '', state: line('free') === null ? 'held' : 'free', beat: beat === null ? null : { boot: beat[0] ?? '', up: Number(beat[1]) },
    },
  };
}

/** Null when the device is free: there is no lease, it was given back, its owner on this host is dead, or it was not renewed in time. */
function holderOf({ up, boot, lease }: LeaseState): string | null {
  if (lease === null || lease.state === 'free' || abandoned.has(lease.text)) return null;
  const text = decode(lease.text);
  if (text === null) return null; // nothing that a Paddock wrote
  if (liveness(text.owner) === 'dead') return null;
  // After a reboot nothing is known but that the owner gave no sign since.
  const silentS = Math.min(...[text, ...(lease.beat === null ? [] : [lease.beat])].map((sign) => (sign.boot === boot ? up - sign.up : up)));
  return silentS > text.ttlS ? null : describe(text.owner);
}

/** Whether this process has it. */
function isHeldHere({ lease }: LeaseState): boolean {
  const owner = lease === null ? undefined : decode(lease.text)?.owner;
  const own = thisProcess('');
  return owner !== undefined && owner.host === own.host && owner.space === own.space && owner.pid === own.pid;
}

function describe(owner: Owner): string {
  return describeOwner({ ...owner, label: owner.label.slice(0, 200) });
}
