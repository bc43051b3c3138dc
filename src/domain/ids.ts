import * as z from 'zod';

/** Ids appear in case keys, file names and shell words: letters, digits, `.`, `_`, `-`; no leading dot or dash; at most 80 characters. */
export const ID_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,79}$/;

export const idSchema = z.string().regex(ID_PATTERN, 'use letters, digits, ".", "_" and "-" only, starting with a letter, digit or "_"');

/** How a suite names a device: by its id, or any unit of a pool or of a profile. */
export const deviceNameSchema = z.string().regex(/^(?:(?:pool|profile):)?[A-Za-z0-9_][A-Za-z0-9._-]{0,79}$/, 'a device\'s id, pool:NAME or profile:ID');

export type RunId = string & { readonly __brand: 'RunId' };

/** A run's id sorts by time: `20261122-061530-4f2a`. `random` is a number in [0, 65536). */
export function makeRunId(now: Date, random: number): RunId {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${random.toString(16).padStart(4, '0')}` as RunId;
}
