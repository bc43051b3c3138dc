import { createRequire } from 'node:module';
import { Client } from '@devicefarmer/adbkit';
import type { AdbServerAddress } from '../domain/transport-address.ts';

// By require, as loaders differ in what the default export of such a module is.
const { default: Connection } = createRequire(import.meta.url)('@devicefarmer/adbkit/dist/src/adb/connection.js') as typeof import('@devicefarmer/adbkit/dist/src/adb/connection.js');

/** adbkit starts a server on this host when a connection is refused, even when the address was another host's. Paddock starts nothing unasked. */
class QuietConnection extends Connection {
  override startServer(): never {
    throw new Error('no adb server answers');
  }
}

/** adbkit's client of one server, for what it does well: tracking, connecting by address, streams to a device's ports. */
export class AdbkitClient extends Client {
  constructor({ host, port }: AdbServerAddress) {
    super({ host, port });
    // What a connection reports outside of a request has been reported by the request, or by its end.
    this.on('error', () => {});
  }

  override connection(): ReturnType<Client['connection']> {
    const connection = new QuietConnection(this.options);
    connection.on('error', () => {});
    return connection.connect();
  }
}
