import type { TransportAddress } from '../domain/transport-address.ts';
import type { Transport } from './transport.ts';

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** The push cache on the device is kept below this. */
  readonly cacheMaxBytes?: number;
  /** Where Paddock's files stand on the device; left out, the first of the usual places that can be written and started from. */
  readonly remoteFolder?: string;
}

/** Opens the way to a device; see the `openAdb` and `openSsh` of each kind for what can go wrong. */
export type OpenTransport = (address: TransportAddress, options: OpenOptions) => Promise<Transport>;
