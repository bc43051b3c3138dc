import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { DeviceIdentity } from './transport.ts';

/** Where Linux says which unit this is, the most telling first: a serial number in hardware, then one that the installation made up. */
const SOURCES = [
  ['serial', '/sys/firmware/devicetree/base/serial-number'],
  ['machine-id', '/etc/machine-id'],
] as const;

/** This machine; where it has no number of its own, its host name stands for it. */
export function localIdentity(): DeviceIdentity {
  const bootId = readText('/proc/sys/kernel/random/boot_id');
  for (const [source, path] of SOURCES) {
    const value = readText(path);
    if (value !== null) return { id: `${source}:${value}`, bootId };
  }
  return { id: `host:${hostname()}`, bootId };
}

function readText(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').replaceAll('\0', '').trim();
    return text === '' ? null : text;
  } catch {
    // Not there: not Linux, or not such a board.
    return null;
  }
}
