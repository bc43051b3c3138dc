/**
 * A file of one non-negative whole number (sysfs counters, frequencies in kHz, energy in µJ). Null for anything else: empty, negative,
 * `<not supported>`, an error code leaked as data, or beyond what a double holds exactly.
 */
export function parseWholeNumber(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d+$/.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isSafeInteger(value) ? value : null;
}
