import type { TransportFaultKind } from '../transport/transport-fault.ts';

/** What to do about a device that can't be opened; null where the message says it. */
export function adviceFor(kind: TransportFaultKind): string | null {
  return ADVICE[kind] ?? null;
}

const ADVICE: { readonly [kind in TransportFaultKind]?: string } = {
  unauthorized: 'unlock its screen and accept "Allow USB debugging?"; when no question comes, revoke USB debugging authorizations in its developer options and plug it in again',
  'no-permissions': 'this user may not open the USB device: as root, `apt-get install android-sdk-platform-tools-common` (its udev rules), or a rule of your own as in SUBSYSTEM=="usb", ATTR{idVendor}=="18d1", MODE="0660", GROUP="plugdev"; then join the group, plug it in again and `adb kill-server`',
  offline: 'plug it in again, or `adb reconnect offline`; a device that is starting up needs a minute',
  'not-booted': 'boot its system: `adb reboot`, or `fastboot reboot` from the boot loader, or hold its power button',
  gone: 'plug it in, and check that USB debugging is on in its developer options',
  server: 'start it with `adb start-server`, or mend `adb` in paddock.yaml',
  unreachable: 'check that it is on and its address in paddock.yaml',
  timeout: 'check that it is on and not overloaded',
  'auth-refused': 'check `user` and `identityFile` in paddock.yaml, and that its authorized_keys has the public key',
  'host-key-unknown': 'compare the fingerprint with the device\'s own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there), then `paddock devices --accept-host-key ID`',
  'host-key-changed': 'it was set up anew, or another machine answers: find out which; in the first case remove its line from the known_hosts file, then `paddock devices --accept-host-key ID`',
  'bad-key': 'check `identityFile` in paddock.yaml; a key with a passphrase needs `passphraseVariable`',
  'another-device': 'check what is plugged in where, and who has the address',
  'device-full': 'free some space on it',
};
