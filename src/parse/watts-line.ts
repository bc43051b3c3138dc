import { parseTegrastats } from './tegrastats.ts';

/** One line of a program that tells power. */
export interface WattsLine {
  /** The program's own time in its unit; null where the lines have none. */
  readonly time: number | null;
  readonly watts: number;
}

const NUMBER = String.raw`[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const TIMED = new RegExp(`^\\s*(${NUMBER})(?:\\s*[,;]\\s*|\\s+)(${NUMBER})\\s*$`);
const PLAIN = new RegExp(`^\\s*(${NUMBER})\\s*$`);

/** More than any meter for such devices takes. Below 0: the meter's own offset. */
const SANE_W = { min: -10, max: 10_000 };

/** Reads `TIME WATTS` (blanks, comma or semicolon between them), or `WATTS` alone where `times` says there are none. Null for any other line. */
export function readWattsLine(line: string, times: 'timed' | 'plain'): WattsLine | null {
  const found = line.length > 200 ? null : (times === 'timed' ? TIMED : PLAIN).exec(line);
  if (found === null) return null;
  const watts = Number(times === 'timed' ? found[2] : found[1]);
  const time = times === 'timed' ? Number(found[1]) : null;
  if (!(watts >= SANE_W.min && watts <= SANE_W.max) || (time !== null && !Number.isFinite(time))) return null;
  return { time, watts };
}

/** Sums rails of a line of tegrastats, W. Null when the line has not all of them. */
export function readTegrastatsWatts(line: string, rails: readonly string[]): WattsLine | null {
  const outcome = parseTegrastats(line);
  const found = outcome.ok ? (outcome.value.samples[0]?.railsMw ?? {}) : {};
  let milliwatts = 0;
  for (const rail of rails) {
    const power = Object.hasOwn(found, rail) ? found[rail] : undefined;
    if (power === undefined) return null;
    milliwatts += power.nowMw;
  }
  return rails.length === 0 ? null : { time: null, watts: milliwatts / 1000 };
}
