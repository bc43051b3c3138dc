import type { DeviceIdentity } from './transport.ts';
import { TransportFault } from './transport-fault.ts';

/** Another unit answers at the address. */
export class AnotherDevice extends TransportFault {
  override readonly name = 'AnotherDevice';
  readonly expected: DeviceIdentity;
  readonly found: DeviceIdentity;
  constructor(device: string, expected: DeviceIdentity, found: DeviceIdentity) {
    super('another-device', device, `another device answers at this address: ${found.id}, where ${expected.id} was; check what is plugged in or who has the address`);
    this.expected = expected;
    this.found = found;
  }
}

/** The same unit has booted since the transport was opened. */
export class DeviceRebooted extends TransportFault {
  override readonly name = 'DeviceRebooted';
  readonly expected: DeviceIdentity;
  readonly found: DeviceIdentity;
  constructor(device: string, expected: DeviceIdentity, found: DeviceIdentity) {
    super('rebooted', device, 'the device has booted again since it was opened; what ran there is gone');
    this.expected = expected;
    this.found = found;
  }
}

/** Throws when what answers now is not what answered at first. */
export function checkIdentity(device: string, expected: DeviceIdentity, found: DeviceIdentity): void {
  if (found.id !== expected.id) throw new AnotherDevice(device, expected, found);
  if (found.bootId !== expected.bootId) throw new DeviceRebooted(device, expected, found);
}
