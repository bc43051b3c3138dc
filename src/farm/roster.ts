import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../domain/lab.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { Suite } from '../domain/suite.ts';
import type { Verdict } from '../domain/verdict.ts';
import { adviceFor } from '../device/advice.ts';
import { LeaseError } from '../device/device-lease.ts';
import { LocalDevice } from '../device/local.ts';
import { openRemoteDevice } from '../device/remote.ts';
import { findPlaces, type Place } from '../device/places.ts';
import type { SetAside } from '../store/store.ts';
import { TransportFault, type TransportFaultKind } from '../transport/transport-fault.ts';
import { ExecError } from '../transport/transport.ts';
import { runRecovery } from './recovery-command.ts';
import { reachPlace, RemoteUnit, type Reached, type RemoteOptions } from './remote-unit.ts';
import { localUnit, type Roster, type Unit } from './unit.ts';
import type { Workplace } from './workplace.ts';

/** `unknown`: a name that no device has; `none`: none of the devices could be opened. */
export class RosterError extends Error {
  override readonly name = 'RosterError';
  readonly kind: 'unknown' | 'none';
  constructor(kind: RosterError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface RosterOptions extends Omit<RemoteOptions, 'harnessPlace' | 'power'> {
  readonly devices: Suite['devices'];
  readonly lab: Lab;
  readonly profiles: readonly DeviceProfile[];
  readonly suiteFolder: string;
  readonly workplace: Workplace;
  readonly setAside: readonly SetAside[];
  /** For a run that is gone on with: what its entries stood for, and who the units were. */
  readonly before?: { readonly named: Readonly<Record<string, readonly string[]>>; readonly identities: Readonly<Record<string, string>> };
}

/** Opening one keeps this host busy with a connection and some round trips. */
const AT_ONCE = 16;

/** Between looks for a device that was made to come back. */
const PAUSE_MS = 2000;

/** Reasons of a device that is not there, or hangs. */
const AWAY: ReadonlySet<string> = new Set((['offline', 'gone', 'unreachable', 'lost', 'timeout'] satisfies TransportFaultKind[]).map((kind) => `device-${kind}`));

const skipped = (code: string, message: string): Verdict => ({ status: 'skipped', reasons: [{ code, message }] });

/** What becomes of the cases of a device that could not be opened; null for what is no fault of the device's. */
function absence(id: string, error: unknown): Verdict | null {
  if (error instanceof TransportFault) {
    const advice = adviceFor(error.kind);
    return skipped(`device-${error.kind}`, `${id}: ${error.message}${advice === null ? '' : `. What to do: ${advice}`}`);
  }
  if (error instanceof LeaseError) return skipped('device-in-use', error.message);
  if (error instanceof ExecError) return skipped('device-garbage', `${id}: ${error.message}`);
  return null;
}

/** A browser has no profile, and is not looked into to find out who it is: that would start it. */
function isBrowser({ address: { kind } }: Place): boolean {
  return kind === 'browser' || kind === 'webdriver';
}

/** Finds and opens the devices that a suite names: this machine, devices by id, any unit of a pool or of a profile. Throws RosterError, the signal's reason. */
export async function openRoster(options: RosterOptions): Promise<Roster> {
  const { devices, suiteFolder, workplace, profiles, signal } = options;
  const units: Unit[] = await Promise.all(devices.filter(({ id }) => id === 'local').map(async ({ sensorsRoot, power }) => localUnit(await LocalDevice.open({ root: sensorsRoot, profiles, ...(power === undefined ? {} : { power }), signal }), suiteFolder, workplace)));
  const names = devices.map(({ id }) => id).filter((id) => id !== 'local');
  if (names.length === 0) return { units, named: {}, absent: new Map(), identities: {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  const search = new Search(options);
  try {
    await search.find(names);
    units.push(...search.units);
    if (units.length === 0) throw new RosterError('none', `none of the devices can be used:\n${[...search.absent.values()].map(({ reasons }) => `  ${reasons[0]?.message ?? ''}`).join('\n')}`);
    return {
      units, named: search.named, absent: search.absent, identities: Object.fromEntries(search.units.map((unit) => [unit.id, unit.identity.id])),
      [Symbol.asyncDispose]: () => search[Symbol.asyncDispose](),
    };
  } catch (error) {
    await search[Symbol.asyncDispose]();
    throw error;
  }
}

/** Looks for the named devices at all places, and keeps what it opened. */
class Search implements AsyncDisposable {
  readonly units: RemoteUnit[] = [];
  readonly absent = new Map<string, Verdict>();
  readonly named: Record<string, string[]> = {};
  readonly #options: RosterOptions;
  /** Reached and not yet taken. */
  readonly #reached = new Map<string, Reached>();
  /** Somebody else has them. */
  readonly #busy = new Set<string>();

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  async find(names: readonly string[]): Promise<void> {
    const { lab, reach, signal, onNote, before } = this.#options;
    const wanted = new Set<string>();
    for (const name of names) {
      const [, kind, of] = /^(pool|profile):(.*)$/.exec(name) ?? [];
      const members = before?.named[name] ?? (kind === 'pool' ? this.#pool(of ?? '') : kind === 'profile' ? [] : [name]);
      if (kind !== undefined) this.named[name] = [...members];
      for (const id of members) wanted.add(id);
    }
    const { places, warnings } = await findPlaces(lab, reach, signal);
    for (const warning of warnings) onNote(warning);
    const profilesWanted = before === undefined ? names.filter((name) => name.startsWith('profile:')).map((name) => name.slice('profile:'.length)) : [];
    const byId = new Map(places.flatMap((place) => (place.id === null ? [] : [[place.id, place] as const])));
    await this.#each([...wanted].flatMap((id) => byId.get(id) ?? []), (place) => this.#reachWanted(place));
    const unknown = [...wanted].filter((id) => !byId.has(id));
    // Who answers at an address is only known when it is asked.
    if (unknown.length > 0 || profilesWanted.length > 0) {
      const others = places.filter((place) => place.fault === null && !isBrowser(place) && (place.id === null || (profilesWanted.length > 0 && !wanted.has(place.id))));
      await this.#each(others, (place) => this.#reach(place));
    }
    await this.#dropDoubles([...wanted]);
    await this.#match(profilesWanted);
    const used = new Set([...wanted, ...Object.values(this.named).flat()]);
    const chosen = [...this.#reached.values()].filter(({ id }) => used.has(id)).toSorted((a, b) => (a.identity.id < b.identity.id ? -1 : 1));
    await this.#take(chosen, new Set(names));
    for (const profile of profilesWanted) this.named[`profile:${profile}`] = (this.named[`profile:${profile}`] ?? []).filter((id) => this.units.some((unit) => unit.id === id));
    await this.#letGo();
    const missing = unknown.filter((id) => !this.units.some((unit) => unit.id === id) && !this.absent.has(id));
    if (missing.length > 0) {
      const known = [...new Set(['local', ...byId.keys(), ...this.units.map((unit) => unit.id)])];
      throw new RosterError('unknown', `no device "${missing.join('", "')}" can be reached; \`paddock devices\` lists what can: ${known.slice(0, 20).join(', ')} ("local" is this machine)`);
    }
  }

  get #reaching(): RosterOptions & Pick<RemoteOptions, 'harnessPlace'> {
    const { suiteFolder, workplace: { installFolder } } = this.#options;
    return { ...this.#options, harnessPlace: { suiteFolder, installFolder } };
  }

  #pool(name: string): readonly string[] {
    const members = this.#options.lab.pools[name];
    if (members === undefined) throw new RosterError('unknown', `there is no pool "${name}" in paddock.yaml; it has: ${Object.keys(this.#options.lab.pools).join(', ') || 'none'}`);
    return members;
  }

  async #reachWanted(place: Place): Promise<void> {
    const id = place.id ?? place.label;
    const aside = this.#options.setAside.find((item) => item.device === id);
    if (aside !== undefined) this.absent.set(id, skipped('device-set-aside', `${id} was set aside on ${aside.since.slice(0, 10)}: ${aside.reason}; ${aside.until === undefined ? '' : `it is tried again from ${aside.until.slice(0, 16).replace('T', ' ')} UTC on; `}\`paddock devices --readmit ${id}\` takes it back`));
    else await this.#reachOrRecover(place, id);
  }

  /** A device that is not there is brought back by the lab's recovery command, where it has one, as in the middle of a run. */
  async #reachOrRecover(place: Place, id: string): Promise<void> {
    const { lab, reach, signal, onNote } = this.#options;
    await this.#reachNow(place, id);
    const recovery = place.entry?.recover;
    const first = this.#awayWhy(id);
    if (recovery === undefined || first === null) return;
    onNote(`${id}: ${first}; running its recovery command`);
    const how = await runRecovery(recovery, id, signal);
    onNote(`${id}: ${how}`);
    const untilMs = performance.now() + lab.limits.returnSeconds * 1000;
    do {
      await sleep(PAUSE_MS, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
      const again = (await findPlaces(lab, reach, signal)).places.find((each) => each.id === id);
      if (again !== undefined) {
        this.absent.delete(id);
        await this.#reachNow(again, id);
      }
    } while (this.#awayWhy(id) !== null && performance.now() < untilMs);
    const last = this.#awayWhy(id);
    if (last !== null) this.absent.set(id, skipped('device-gone', `${last} (waited ${lab.limits.returnSeconds} s; ${how})`));
  }

  /** Why a device is away, in a way that it may come back from; null for one that is there, or is kept from this run by something else. */
  #awayWhy(id: string): string | null {
    const reason = this.absent.get(id)?.reasons[0];
    return reason !== undefined && AWAY.has(reason.code) ? reason.message : null;
  }

  async #reachNow(place: Place, id: string): Promise<void> {
    if (place.fault !== null) this.absent.set(id, absence(id, new TransportFault(place.fault.kind, place.label, place.fault.message)) ?? skipped('device-gone', place.fault.message));
    else await this.#reach(place);
  }

  async #reach(place: Place): Promise<void> {
    await this.#guard(place.id ?? place.label, async () => {
      const reached = await reachPlace(place, this.#reaching, this.#options.signal);
      // Seen at two places: once is enough.
      if (this.#reached.has(reached.id)) await reached.transport.close();
      else this.#reached.set(reached.id, reached);
    });
  }

  /** One device under two names is one device: the name that the suite has first counts. */
  async #dropDoubles(wanted: readonly string[]): Promise<void> {
    const names = new Map<string, string>();
    for (const reached of [...wanted.flatMap((id) => this.#reached.get(id) ?? []), ...this.#reached.values()]) {
      const name = names.get(reached.identity.id) ?? reached.id;
      names.set(reached.identity.id, name);
      if (name === reached.id) continue;
      this.#reached.delete(reached.id);
      await reached.transport.close();
      if (wanted.includes(reached.id)) this.absent.set(reached.id, skipped('device-twice', `${reached.id} is the same device as ${name}, which the run has already`));
    }
  }

  /** Which of the devices have these profiles; they are looked at for that, and not taken. */
  async #match(profiles: readonly string[]): Promise<void> {
    if (profiles.length === 0) return;
    const { signal } = this.#options;
    const found = new Map<string, string | null>();
    await this.#each([...this.#reached.values()].filter(({ place }) => !isBrowser(place)), (reached) => this.#guard(reached.id, async () => {
      await using device = await openRemoteDevice(reached.transport, { id: reached.id, profiles: this.#profilesFor(reached), signal });
      found.set(reached.id, device.facts.profile);
    }));
    for (const profile of profiles) this.named[`profile:${profile}`] = [...found].flatMap(([id, own]) => (own === profile ? [id] : []));
  }

  /**
   * Takes what is free, then waits for the rest, but for no member of a pool or profile of which another could be had. Whoever waits holds only
   * devices that come before the one waited for in the order of identity, so that two runs never wait for each other.
   */
  async #take(chosen: readonly Reached[], alone: ReadonlySet<string>): Promise<void> {
    const { lab, before, signal } = this.#options;
    await this.#each(chosen, (reached) => this.#open(reached, 0));
    const has = (id: string): boolean => this.units.some((unit) => unit.id === id);
    const groups = Object.values(this.named);
    // A run that is gone on with ends each case where it began.
    const isNeeded = (id: string): boolean => before !== undefined || alone.has(id) || groups.some((ids) => ids.includes(id) && !ids.some(has));
    const first = chosen.findIndex(({ id }) => this.#busy.has(id) && isNeeded(id));
    if (first < 0 || lab.limits.waitMinutes === 0) return;
    const waited = chosen.slice(first).filter(({ id }) => has(id) || (this.#busy.has(id) && isNeeded(id)));
    for (const unit of this.units.filter(({ id }) => waited.some((reached) => reached.id === id))) {
      this.units.splice(this.units.indexOf(unit), 1);
      await unit[Symbol.asyncDispose]();
    }
    for (const { place, id } of waited) {
      this.absent.delete(id);
      await this.#guard(id, async () => this.#open({ ...(await reachPlace(place, this.#reaching, signal)), id }, lab.limits.waitMinutes * 60_000));
    }
  }

  async #open(reached: Reached, maxWaitMs: number): Promise<void> {
    const { before, setAside, devices } = this.#options;
    const power = devices.find(({ id }) => id === reached.id)?.power;
    this.#reached.delete(reached.id);
    this.#busy.delete(reached.id);
    const expected = before?.identities[reached.id];
    const aside = setAside.find((item) => item.device === reached.id);
    await this.#guard(reached.id, async () => {
      if (aside !== undefined || (expected !== undefined && expected !== reached.identity.id)) {
        await reached.transport.close();
        this.absent.set(reached.id, aside !== undefined ? skipped('device-set-aside', `${reached.id} was set aside: ${aside.reason}`)
          : skipped('device-another-device', `${reached.id}: another device answers at its address: ${reached.identity.id}, where ${expected ?? ''} was when the run began`));
        return;
      }
      const options = { ...this.#reaching, profiles: this.#profilesFor(reached), ...(power === undefined ? {} : { power }) };
      try {
        this.units.push(await RemoteUnit.open(reached, options, maxWaitMs));
      } catch (error) {
        if (error instanceof LeaseError) this.#busy.add(reached.id);
        throw error;
      }
    });
  }

  #profilesFor({ place }: Reached): readonly DeviceProfile[] {
    const { profiles } = this.#options;
    const own = place.entry?.profile;
    return own === undefined ? profiles : forced(profiles, own);
  }

  /** What was reached and is not used. */
  async #letGo(): Promise<void> {
    for (const { transport } of this.#reached.values()) await transport.close();
    this.#reached.clear();
  }

  /** A device that can't be opened is absent with the reason. */
  async #guard(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      const verdict = absence(id, error);
      if (verdict === null) throw error;
      this.absent.set(id, verdict);
    }
  }

  async #each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const waiting = [...items];
    const ends = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, items.length) }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#letGo(), ...this.units.map(async (unit) => unit[Symbol.asyncDispose]())]);
  }
}

/** The one profile, recognising everything: the lab says so. Throws RosterError. */
function forced(profiles: readonly DeviceProfile[], id: string): readonly DeviceProfile[] {
  const profile = profiles.find((item) => item.profile === id);
  if (profile === undefined) throw new RosterError('unknown', `paddock.yaml asks for the device profile "${id}"; known: ${profiles.map((item) => item.profile).join(', ')}`);
  return [{ ...profile, recognise: (['android', 'linux', 'other'] as const).map((system) => ({ system })) }];
}
