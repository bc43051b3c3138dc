import type { AdbAddress, SshAddress, TransportAddress } from '../domain/transport-address.ts';
import { AdbLink } from './adb-link.ts';
import { BrowserTransport } from './browser-transport.ts';
import { DeviceTransport } from './device-transport.ts';
import { LocalTransport } from './local.ts';
import type { OpenOptions } from './open-options.ts';
import { SshLink } from './ssh-link.ts';
import type { Transport } from './transport.ts';

/** Opens the way to a device. Throws TransportFault, whose `kind` says what is wrong, or the signal's reason. */
export async function openTransport(address: TransportAddress, options: OpenOptions): Promise<Transport> {
  switch (address.kind) {
    case 'local':
      return new LocalTransport();
    case 'adb':
      return openAdb(address, options);
    case 'ssh':
      return openSsh(address, options);
    case 'browser':
    case 'webdriver':
      return BrowserTransport.open(address, options);
  }
}

/** A device at an adb server, Android or any system with adbd 7 or later. */
export async function openAdb(address: AdbAddress, options: OpenOptions): Promise<Transport> {
  return DeviceTransport.open(new AdbLink(address), options);
}

/** A device behind sshd, with a POSIX login shell and sftp. A host key that is not known is a HostKeyFault, which `rememberHostKey` can put right. */
export async function openSsh(address: SshAddress, options: OpenOptions): Promise<Transport> {
  return DeviceTransport.open(new SshLink(address), options);
}
