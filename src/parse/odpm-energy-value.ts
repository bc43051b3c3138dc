import { dumpLines, type DumpOutcome } from './dump.ts';
import { parseWholeNumber } from './whole-number.ts';

export interface RailEnergy {
  /** Channels carry other rails on other boards: go by the name. */
  readonly name: string;
  readonly channel: number;
  /** Milliseconds since boot at which this rail was read. */
  readonly atMs: number;
  /** Energy since boot, µJ (the driver says µW·s). Counters pass 2³² within hours. */
  readonly energyUj: number;
}
export interface OdpmReading { readonly atMs: number; readonly rails: readonly RailEnergy[] }

/** Reads `energy_value` of the on-device power monitors of Pixel phones (iio device, s2mpg driver): `t=MS`, then `CHn(T=MS)[RAIL], µWs`. Files of several monitors may follow each other. */
export function parseOdpmEnergyValue(text: string): DumpOutcome<{ readonly readings: readonly OdpmReading[] }> {
  const readings: { atMs: number; rails: RailEnergy[] }[] = [];
  const warnings: string[] = [];
  for (const line of dumpLines(text)) {
    const trimmed = line.trim();
    const time = /^t=(\d{1,16})$/.exec(trimmed)?.[1];
    if (time !== undefined) readings.push({ atMs: Number(time), rails: [] });
    if (!trimmed.startsWith('CH')) continue;
    const [, channel, at = '', name, energy = ''] = /^CH(\d{1,3})\(T=(\d{1,16})\)\[([^\]]+)\], ?(\d+)$/.exec(trimmed) ?? [];
    const energyUj = parseWholeNumber(energy);
    const reading = readings.at(-1);
    if (name === undefined || energyUj === null || reading === undefined) {
      warnings.push(reading === undefined ? 'a rail stands before the first t= line: left out' : `${name ?? 'a rail'} has no readable counter: left out`);
    } else if (reading.rails.some((rail) => rail.name === name)) {
      warnings.push(`${name} is there twice in one reading: the first counts`);
    } else {
      reading.rails.push({ name, channel: Number(channel), atMs: Number(at), energyUj });
    }
  }
  const full = readings.filter((reading) => reading.rails.length > 0);
  if (full.length === 0) return { ok: false, reason: 'it has no `t=MS` line followed by `CHn(T=MS)[RAIL], value` lines of energy_value' };
  return { ok: true, value: { readings: full }, warnings };
}
