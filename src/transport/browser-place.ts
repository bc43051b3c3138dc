import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { askedPhone, asksForPhone, type BrowserAddress, isPhonePlatform, type WebdriverAddress } from '../domain/transport-address.ts';
import type { SessionFacts } from './browser-session.ts';

/** Where a browser computes: on this machine, on another device, or `untold`, when its server is at an address of this machine and may be a tunnel's end or a container's. */
export type BrowserPlace = 'here' | 'elsewhere' | 'untold';

type Told = Pick<SessionFacts, 'platform' | 'udid' | 'processId' | 'profileFolder'>;

/** What the lab alone says, before there is a session. */
export function placeBefore(address: BrowserAddress | WebdriverAddress): BrowserPlace {
  if (address.kind === 'browser') return 'here';
  if (address.here !== undefined) return address.here ? 'here' : 'elsewhere';
  return asksForPhone(address) || (address.url !== undefined && !isThisMachine(address.url)) ? 'elsewhere' : 'untold';
}

/** The serial or UDID of the phone that the lab asks for: two browsers of one phone, and the phone itself at an adb server, are one device to measure on. Null: none is named. */
export function phoneOf({ capabilities }: WebdriverAddress): string | null {
  const named = askedPhone(capabilities);
  return named?.startsWith('env:') === true ? process.env[named.slice('env:'.length)] ?? null : named;
}

/** What the session shows beyond it: a phone, or a process of this machine that has the very profile folder which the driver told. */
export function placeOf(address: BrowserAddress | WebdriverAddress, told: Told): BrowserPlace {
  if (address.kind === 'browser') return 'here';
  if (address.here !== undefined) return placeBefore(address);
  if (asksForPhone(address) || told.udid !== null || isPhonePlatform(told.platform)) return 'elsewhere';
  if (isProcessHere(told)) return 'here';
  const before = placeBefore(address);
  // Paddock's own Appium starts browsers beside itself.
  return before === 'untold' && address.url === undefined ? 'here' : before;
}

/** The number alone could be that of any process here: the name of the folder is drawn anew for each browser. */
function isProcessHere({ processId, profileFolder }: Told): boolean {
  if (processId === null || profileFolder === null) return false;
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').includes(profileFolder);
  } catch {
    // No such process, or no /proc.
    return false;
  }
}

/** Whether the host of a URL is this machine by loopback, by an address of its network cards, or by its name. */
function isThisMachine(url: string): boolean {
  const name = (URL.parse(url)?.hostname ?? '').replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const own = hostname().toLowerCase();
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address.toLowerCase()) ?? []);
  return /^127\.|^::1$|^0\.0\.0\.0$|^::$|^(?:.*\.)?localhost$/.test(name) || name === own || name === own.split('.')[0] || addresses.includes(name);
}
