import { UsageError } from './exit.ts';

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** `6h`, `90min`, `30d`, `2w` -> ms. Throws UsageError. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|min|m|h|d|w)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  const value = Number(match?.[1] ?? Number.NaN) * (unit ?? Number.NaN);
  if (!(value > 0)) throw new UsageError(`"${text}" is no span of time; write it as 30s, 90min, 6h, 30d or 2w`);
  return value;
}

/** `30d` (ago) or a date as `2026-11-01` -> ISO 8601. Throws UsageError. */
export function sinceDate(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}(T[\d:.]+Z?)?$/.test(text)) {
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw new UsageError(`"${text}" is no date; write it as 2026-11-01`);
    return new Date(time).toISOString();
  }
  return new Date(Date.now() - durationMs(text)).toISOString();
}

/** `2026-12-24` (to the end of that day) or `30d` from now -> ISO 8601. Throws UsageError. */
export function untilDate(text: string, nowMs: number): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T23:59:59.999Z`) : nowMs + durationMs(text);
  if (Number.isNaN(time) || time <= nowMs) throw new UsageError(`--until ${text} is no day to come; write it as 2026-12-24 or 30d`);
  return new Date(time).toISOString();
}
