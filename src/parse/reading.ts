import { parseWholeNumber } from './whole-number.ts';

/** Reads one value's text; null for what is no such value. */
export type Reader<T> = (text: string) => T | null;

/** A whole number with an optional sign, as far as a double is exact. */
export function integer(text: string): number | null {
  if (!/^-?\d+$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** A number that is a reading only above 0: the formats print 0 for "not reported". */
export function positive(text: string): number | null {
  const value = parseWholeNumber(text);
  return value === 0 ? null : value;
}

export function yesNo(text: string): boolean | null {
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : null;
}

/** Any text but an empty one and what stands for it. */
export function words(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === '' || /^(?:unknown|n\/a|null)$/i.test(trimmed) ? null : trimmed;
}

/** A whole number that stands for a name; an unknown code is no reading. */
export function coded<const T extends string>(names: Readonly<Record<number, T>>): Reader<T> {
  return (text) => {
    const code = integer(text);
    return code === null ? null : (names[code] ?? null);
  };
}

/** `1234 kB` as /proc prints it (1024 bytes each), in MiB. Without its unit the line is cut. */
export function kibibytesAsMiB(text: string): number | null {
  const kibibytes = text.endsWith(' kB') ? parseWholeNumber(text.slice(0, -3)) : null;
  return kibibytes === null ? null : kibibytes / 1024;
}
