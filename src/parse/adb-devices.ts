import { dumpLines, type DumpOutcome } from './dump.ts';

export interface AdbDevice {
  readonly serial: string;
  readonly state: AdbState;
  /** The text in brackets behind `no permissions`. */
  readonly detail?: string;
  readonly product?: string;
  readonly model?: string;
  readonly device?: string;
  readonly usb?: string;
  readonly transportId?: number;
}

/** ConnectionState names of adb (packages/modules/adb/adb.cpp, to_string). */
const STATES = [
  'device', 'offline', 'unauthorized', 'authorizing', 'connecting', 'recovery', 'rescue', 'sideload', 'bootloader', 'host', 'detached', 'unknown', 'no permissions',
] as const;
export type AdbState = (typeof STATES)[number];

const ATTRIBUTES: Readonly<Record<string, 'product' | 'model' | 'device' | 'usb'>> = { product: 'product', model: 'model', device: 'device', usb: 'usb' };

/** adb's own messages, which can stand in the middle of the list. */
const CHATTER = /^(?:\* |adb server |adb: |error: |cannot connect to daemon|List of devices attached)/;

/** No list has longer lines. */
const MAX_CHARS = 600;

/** Reads `adb devices` and `adb devices -l`. An empty list is a list. */
export function parseAdbDevices(text: string): DumpOutcome<{ readonly devices: readonly AdbDevice[] }> {
  const lines = dumpLines(text);
  const heading = lines.some((line) => line.trim() === 'List of devices attached');
  const devices: AdbDevice[] = [];
  const warnings: string[] = [];
  for (const line of lines) {
    if (line.trim() === '' || CHATTER.test(line.trim())) continue;
    const device = line.length > MAX_CHARS ? null : readDevice(line.trimEnd());
    if (device !== null) devices.push(device);
    else warnings.push(`${JSON.stringify(line.slice(0, 80))} is no line of a device: skipped`);
  }
  if (!heading && devices.length === 0) return { ok: false, reason: 'it has no `List of devices attached` and no line of a device' };
  for (const device of devices) {
    const hint = HINTS[device.state];
    if (hint !== undefined) warnings.push(`${device.serial} (${device.state}): ${hint}`);
  }
  return { ok: true, value: { devices }, warnings };
}

const HINTS: { readonly [state in AdbState]?: string } = {
  'no permissions': 'this user may not open the USB device; add a udev rule for it and restart the adb server',
  unauthorized: 'accept the debugging prompt on its screen',
  offline: 'it does not answer; plug it in again or restart the adb server',
};

/** A serial may hold blanks, so the state is looked for from the first place at which the rest of the line reads as one. */
function readDevice(line: string): AdbDevice | null {
  const tab = line.indexOf('\t');
  if (tab > 0) return readRest(line.slice(0, tab).trim(), line.slice(tab).trim());
  for (const { index } of line.matchAll(/(?<=\S)[ ]+(?=[a-z])/g)) {
    const device = readRest(line.slice(0, index), line.slice(index).trim());
    if (device !== null) return device;
  }
  return null;
}

function readRest(serial: string, rest: string): AdbDevice | null {
  const state = STATES.find((name) => rest === name || rest.startsWith(`${name} `));
  if (state === undefined || serial === '') return null;
  const [, detail, tail = ''] = /^ *(?:\(([^)]*)\))?(?:; see \[[^\]]*\])?(.*)$/.exec(rest.slice(state.length)) ?? [];
  const found: { product?: string; model?: string; device?: string; usb?: string; transportId?: number } = {};
  for (const part of tail.split(' ').filter((word) => word !== '')) {
    const at = part.indexOf(':');
    const label = part.slice(0, at);
    const value = part.slice(at + 1);
    if (at < 1 || value === '') return null;
    if (label === 'transport_id' && /^\d{1,9}$/.test(value)) found.transportId = Number(value);
    else if (Object.hasOwn(ATTRIBUTES, label)) found[ATTRIBUTES[label] ?? 'usb'] = value;
  }
  return { serial, state, ...(detail === undefined || detail === '' ? {} : { detail }), ...found };
}
