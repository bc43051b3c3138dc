import type { Lab, LabDevice } from '../domain/lab.ts';
import { type AdbServerAddress, isSameServer, type TransportAddress } from '../domain/transport-address.ts';
import type { AdbDevice } from '../parse/adb-devices.ts';
import { keepLoopbackOffProxies } from '../transport/loopback-proxy.ts';
import { TransportFault, type TransportFaultKind } from '../transport/transport-fault.ts';
import { asId } from './device-id.ts';
import type { Reach } from './reach.ts';

/** Why a place can't be opened. */
export interface PlaceFault {
  readonly kind: TransportFaultKind;
  readonly message: string;
}

/** Where a device is, or should be. */
export interface Place {
  readonly address: TransportAddress;
  /** What the lab says of it; null for a device that an adb server lists by itself. */
  readonly entry: LabDevice | null;
  /** Its name in the lab, else its serial as an id; null where the serial is an address, which says nothing of who answers there. */
  readonly id: string | null;
  /** For people, as long as nothing better is known. */
  readonly label: string;
  /** What the adb server says against it. */
  readonly fault: PlaceFault | null;
}

/** adb on this host, where it is installed or a server runs. */
export const OWN_SERVER: AdbServerAddress = { host: '127.0.0.1', port: Number(process.env['ANDROID_ADB_SERVER_PORT'] ?? 5037) || 5037 };

/** The adb servers to ask: those of the lab, by default this host's own, and those at which it says that a device is. */
export function adbServersOf(lab: Lab): readonly AdbServerAddress[] {
  const servers: AdbServerAddress[] = [];
  for (const address of [...(lab.adb ?? [OWN_SERVER]), ...lab.devices.flatMap(({ adb }) => adb?.server ?? [])]) {
    if (!servers.some((known) => isSameServer(known, address))) servers.push(address);
  }
  return servers;
}

/** States of `adb devices` in which a device can't be used. */
const STATE_FAULTS: Readonly<Record<string, TransportFaultKind>> = {
  unauthorized: 'unauthorized', authorizing: 'unauthorized', 'no permissions': 'no-permissions', recovery: 'not-booted', sideload: 'not-booted', rescue: 'not-booted', bootloader: 'not-booted',
};

/** What an adb server's word for a device's state means for Paddock; null for one that is ready. */
export function stateFault(state: string): TransportFaultKind | null {
  return state === 'device' ? null : Object.hasOwn(STATE_FAULTS, state) ? (STATE_FAULTS[state] ?? 'offline') : 'offline';
}

/** HOST:PORT, or what adb makes of a device that it found by mDNS: where a device is, not which one it is. */
function isAddress(serial: string): boolean {
  return /:\d+$/.test(serial) || /\._adb(?:-tls-connect)?\._tcp/.test(serial);
}

type ListedServer = ReturnType<Reach['adbServer']>;

/** One server's devices; a server of one's own host is started where it can be. Null where none was asked for and there is none. */
async function listServer(server: ListedServer, wanted: 'named' | 'by-itself', signal: AbortSignal): Promise<readonly AdbDevice[] | TransportFault | null> {
  try {
    return await server.list(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TransportFault)) throw error;
    if (error.kind !== 'server') return error;
  }
  try {
    await server.start(signal);
    return await server.list(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof TransportFault)) throw error;
    return wanted === 'named' ? error : null;
  }
}

function placeOf(device: AdbDevice, server: AdbServerAddress, entry: LabDevice | null): Place {
  const kind = stateFault(device.state);
  const detail = device.detail === undefined ? '' : ` (${device.detail})`;
  return {
    address: { kind: 'adb', serial: device.serial, server }, entry, label: `adb ${device.serial}`,
    id: entry?.id ?? (isAddress(device.serial) ? null : asId(device.serial)),
    fault: kind === null ? null : { kind, message: `adb says: ${device.state}${detail}` },
  };
}

export interface PlacesFound {
  readonly places: readonly Place[];
  /** Servers that were named and could not be asked, in words. */
  readonly warnings: readonly string[];
}

/** Every place at which a device may be: what the lab names and what the adb servers list. Nothing is opened, and no network is searched. Throws the signal's reason. */
export async function findPlaces(lab: Lab, reach: Reach, signal: AbortSignal): Promise<PlacesFound> {
  keepLoopbackOffProxies(lab.devices.flatMap(({ webdriver }) => webdriver?.url ?? []));
  const warnings: string[] = [];
  const places: Place[] = [];
  const missing = new Set(lab.devices.filter((entry) => entry.adb !== undefined));
  for (const address of adbServersOf(lab)) {
    const server = reach.adbServer(address);
    const isHere = ({ adb }: LabDevice): boolean => adb !== undefined && (adb.server === undefined || isSameServer(adb.server, address));
    const expected = [...missing].filter((entry) => isHere(entry));
    // A device is connected to one server: to another it would be a second one at the same address.
    const connects = expected.flatMap(({ adb }) => adb?.connect ?? []);
    let listed = await listServer(server, lab.adb === undefined && expected.length === 0 ? 'by-itself' : 'named', signal);
    if (Array.isArray(listed) && connects.length > 0) listed = await connectMissing(server, connects, listed, signal);
    if (listed instanceof TransportFault) warnings.push(listed.message);
    if (!Array.isArray(listed)) continue;
    for (const device of listed as readonly AdbDevice[]) {
      const entry = lab.devices.find((item) => item.adb?.serial === device.serial && isHere(item)) ?? null;
      if (entry !== null) missing.delete(entry);
      places.push(placeOf(device, address, entry));
    }
  }
  for (const place of sameNames(places, warnings)) places.splice(places.indexOf(place), 1);
  for (const entry of missing) {
    const { serial, server } = entry.adb ?? { serial: '' };
    const at = server ?? lab.adb?.[0] ?? OWN_SERVER;
    places.push({ address: { kind: 'adb', serial, server: at }, entry, id: entry.id, label: `adb ${serial}`, fault: { kind: 'gone', message: server === undefined ? `no adb server lists ${serial}` : `the adb server ${server.host}:${server.port} does not list ${serial}` } });
  }
  for (const entry of lab.devices) {
    if (entry.ssh !== undefined) places.push({ address: { kind: 'ssh', ...entry.ssh }, entry, id: entry.id, label: `ssh ${entry.ssh.user}@${entry.ssh.host}`, fault: null });
    if (entry.browser !== undefined) places.push({ address: { kind: 'browser', name: entry.id, ...entry.browser }, entry, id: entry.id, label: `browser ${entry.id}`, fault: null });
    if (entry.webdriver !== undefined) places.push({ address: { kind: 'webdriver', name: entry.id, ...entry.webdriver }, entry, id: entry.id, label: `webdriver ${entry.id}`, fault: null });
  }
  return { places, warnings };
}

/** Those places that another server lists under the same name: of them the first that can be used counts, as a name is one device. */
function sameNames(places: readonly Place[], warnings: string[]): readonly Place[] {
  const dropped: Place[] = [];
  for (const [id, same] of Map.groupBy(places, (place) => place.id)) {
    const taken = same.find(({ fault }) => fault === null) ?? same[0];
    if (id === null || taken === undefined || same.length === 1) continue;
    const others = same.filter((place) => place !== taken);
    warnings.push(`${id} is listed by more than one adb server: the one at ${serverOf(taken)} is taken, and ${others.map((place) => serverOf(place)).join(', ')} left out; where they are different devices, name them in paddock.yaml with the \`server\` of each`);
    dropped.push(...others);
  }
  return dropped;
}

function serverOf({ address }: Place): string {
  return address.kind === 'adb' ? `${address.server.host}:${address.server.port}` : address.kind;
}

/** Tells the server of devices on the network that it does not list as usable. */
async function connectMissing(server: ListedServer, connects: readonly string[], listed: readonly AdbDevice[], signal: AbortSignal): Promise<readonly AdbDevice[]> {
  const wanted = connects.filter((hostPort) => !listed.some((device) => device.serial === hostPort && device.state === 'device'));
  if (wanted.length === 0) return listed;
  await Promise.all(wanted.map(async (hostPort) => server.connect(hostPort, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof TransportFault)) throw error; // one that does not answer is told as not listed
  })));
  return server.list(signal);
}
