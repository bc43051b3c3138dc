import { Client } from '@devicefarmer/adbkit';
import Connection from '@devicefarmer/adbkit/dist/src/adb/connection.js';
import type { AdbServerAddress } from '../domain/transport-address.ts';

/** adbkit starts a server on this host when a connection is refused, even when the address was another host's. Paddock starts nothing unasked. */
class QuietConnection extends Connection.default {
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
