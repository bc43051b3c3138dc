/**
 * What is wrong with the way to a device, in words that a farm can act on:
 * - `offline` it is known but does not answer; `not-booted` it is in its boot loader, recovery or the like; `gone` it is not there; `unauthorized` it waits for someone to allow this host; `no-permissions` this user may not open it
 * - `server` the adb server can't be reached; `unreachable` nothing answers at the address; `lost` the connection broke; `timeout` no answer in time
 * - `auth-refused` the key or agent was not accepted; `host-key-unknown`, `host-key-changed` who answers could not be proved; `bad-key` a local key file can't be used
 * - `garbage` it answers, but not as such a device does; `another-device` another unit answers at the address; `rebooted` it has booted since
 * - `session-refused` a browser's driver or WebDriver server made no session; its own words are in the message
 * - `device-full` no room for a file; `refused` the device's file system said no; `missing` no such file there; `too-large` a file beyond the bound; `corrupt` not the content that was sent
 */
export type TransportFaultKind =
  | 'offline' | 'not-booted' | 'gone' | 'unauthorized' | 'no-permissions' | 'server' | 'unreachable' | 'lost' | 'timeout' | 'auth-refused' | 'host-key-unknown' | 'host-key-changed' | 'bad-key'
  | 'garbage' | 'session-refused' | 'another-device' | 'rebooted' | 'device-full' | 'refused' | 'missing' | 'too-large' | 'corrupt';

/** The way to a device failed, or the device refused what the transport itself needs. */
export class TransportFault extends Error {
  override readonly name: string = 'TransportFault';
  readonly kind: TransportFaultKind;
  /** The transport's name. */
  readonly device: string;
  /** The message without the transport's name. */
  readonly reason: string;
  constructor(kind: TransportFaultKind, device: string, message: string, cause?: unknown) {
    super(`${device}: ${message}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.device = device;
    this.reason = message;
  }
}
