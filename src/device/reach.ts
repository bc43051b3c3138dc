import type { AdbServerAddress, TransportAddress } from '../domain/transport-address.ts';
import { AdbServer } from '../transport/adb-server.ts';
import type { OpenOptions } from '../transport/open-options.ts';
import { openTransport } from '../transport/open-transport.ts';
import type { Transport } from '../transport/transport.ts';

/** The ways to devices. */
export interface Reach {
  readonly open: (address: TransportAddress, options: OpenOptions) => Promise<Transport>;
  readonly adbServer: (address: AdbServerAddress) => Pick<AdbServer, 'list' | 'start' | 'connect'>;
}

/** The real ones. */
export const REACH: Reach = { open: openTransport, adbServer: (address) => new AdbServer(address) };
