import { createHash } from 'node:crypto';

/** IANA's ports for private use begin at 49152 (RFC 6335 6); Linux gives those up to 60999 to whoever asks for any. */
const FIRST = 61_000;
const LAST = 65_535;

/** A TCP port that is the same whenever it is asked for by this name, and most likely another for another one. Somebody may have it. */
export function stablePort(name: string): number {
  return FIRST + createHash('sha256').update(name).digest().readUInt32BE(0) % (LAST - FIRST + 1);
}
