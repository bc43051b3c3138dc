import { localTransport } from '../../src/transport/local.ts';
import type { Transport } from '../../src/transport/transport.ts';

/** A double of a board: this machine's own shell under another name, with the lease in a folder of the test's. */
export function boardHere(id: string, leaseFolder: string): Transport {
  return {
    name: id,
    exec: (argv: readonly string[], options: Parameters<Transport['exec']>[1]) => localTransport.exec(argv.map((word) => word.replace('/data/local/tmp /tmp', leaseFolder)), options),
    identify: () => Promise.resolve({ id, bootId: null }),
    close: () => Promise.resolve(),
  } as unknown as Transport;
}
