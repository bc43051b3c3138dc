import { TransportFault, type TransportFaultKind } from './transport-fault.ts';

/** The server's and the daemon's own words (packages/modules/adb: adb.cpp, transport.cpp, transport_usb.cpp, file_sync_service.cpp) and what they mean. */
const WORDS: readonly (readonly [pattern: RegExp, kind: TransportFaultKind, advice: string])[] = [
  [/insufficient permissions|no permissions/i, 'no-permissions', 'this user may not open its USB device; add a udev rule for it and restart the adb server'],
  [/unauthorized|still authorizing/i, 'unauthorized', 'allow this host on the device\'s screen'],
  [/device '.*' not found|no devices|device not found|unknown transport/is, 'gone', 'it is not at this adb server; is it plugged in?'],
  [/device offline|still connecting|device is offline/i, 'offline', 'it does not answer; plug it in again, or restart the adb server'],
  [/no space left on device|disk quota exceeded/i, 'device-full', 'free some space on the device'],
  [/permission denied|read-only file system|operation not permitted|not a directory|is a directory/i, 'refused', 'the device\'s file system refused it'],
  [/no such file or directory/i, 'missing', 'there is no such file'],
];

/** The longest answer that is quoted. */
const QUOTED_CHARS = 300;

/** Names what an adb client threw. */
export function adbFault(error: unknown, device: string): TransportFault {
  if (error instanceof TransportFault) return error;
  const text = error instanceof Error ? error.message : String(error);
  const quoted = JSON.stringify(text.slice(0, QUOTED_CHARS));
  for (const [pattern, kind, advice] of WORDS) if (pattern.test(text)) return new TransportFault(kind, device, `${advice} (adb says ${quoted})`, error);
  if (/^Unexpected response|hex|Expected '|Invalid/.test(text) || error instanceof SyntaxError) return new TransportFault('garbage', device, `what answers does not speak adb: ${quoted}`, error);
  return new TransportFault('lost', device, `the connection broke (${quoted})`, error);
}
