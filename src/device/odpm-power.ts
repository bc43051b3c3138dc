import type { PowerSourceOf } from '../domain/power-source.ts';
import { parseOdpmEnergyValue, type RailEnergy } from '../parse/odpm-energy-value.ts';
import type { FileTree } from './file-tree.ts';
import { SensorLost, type FoundPower, type PowerMeter } from './power-probe.ts';
import type { PowerReading } from './power-sensor.ts';
import { matchesPattern } from './profile-match.ts';

const FOLDER = 'sys/bus/iio/devices';

/** Five readings a second: the counters are refreshed when they are read, and each read costs the phone a transfer from its power chip. */
const INTERVAL_MS = 200;

/** The rails of a Pixel's on-device power monitors that the profile names, as one sensor; or why there is none. */
export function findOdpmPower(root: FileTree, source: PowerSourceOf<'odpm'>): FoundPower {
  const all = root.list(FOLDER).filter((name) => /^iio:device\d+$/.test(name)).map((name) => `${FOLDER}/${name}/energy_value`);
  const readable = all.filter((file) => 'text' in root.read(file));
  if (readable.length === 0) return { absent: all.map((file) => root.read(file)).find((reading) => 'absent' in reading)?.absent ?? `${root.locate(FOLDER)} has no power monitor (energy_value)` };
  const rails = readable.flatMap((file) => railsOf(root, file, source.rails).map(({ name }) => ({ file, name })));
  if (rails.length === 0) return { absent: `the power monitors have none of the rails ${source.rails.join(', ')}` };
  const files = [...new Set(rails.map(({ file }) => file))];
  const keys: readonly string[] = rails.map(({ file, name }) => `${file} ${name}`);
  return { probe: { name: 'odpm', covers: source.covers, intervalMs: INTERVAL_MS, files, begin: () => new OdpmMeter(files, keys, source.rails) } };
}

function railsOf(root: FileTree, file: string, wanted: readonly string[]): readonly RailEnergy[] {
  const outcome = parseOdpmEnergyValue(root.text(file) ?? '');
  return outcome.ok ? (outcome.value.readings[0]?.rails ?? []).filter(({ name }) => matchesPattern(name, [...wanted])) : [];
}

class OdpmMeter implements PowerMeter {
  readonly #files: readonly string[];
  readonly #keys: readonly string[];
  readonly #wanted: readonly string[];
  #before: ReadonlyMap<string, RailEnergy> | null = null;

  constructor(files: readonly string[], keys: readonly string[], wanted: readonly string[]) {
    this.#files = files;
    this.#keys = keys;
    this.#wanted = wanted;
  }

  take(root: FileTree, timeNs: number): PowerReading | null {
    const now = new Map<string, RailEnergy>(this.#files.flatMap((file) => railsOf(root, file, this.#wanted).map((rail) => [`${file} ${rail.name}`, rail] as const)));
    const missing = this.#keys.find((key) => !now.has(key));
    if (missing !== undefined) throw new SensorLost(`the power monitor no longer tells ${missing}`);
    const before = this.#before;
    if (before === null) {
      this.#before = now;
      return null;
    }
    let watts = 0;
    let spanMs = 0;
    for (const [key, rail] of now) {
      const earlier = before.get(key);
      if (earlier === undefined) continue;
      const elapsedMs = rail.atMs - earlier.atMs;
      const microjoules = rail.energyUj - earlier.energyUj;
      // The monitor has nothing new yet; the stretch goes on.
      if (elapsedMs === 0) return null;
      if (elapsedMs < 0 || microjoules < 0) throw new SensorLost(`the counter of ${rail.name} went back: the monitor started anew`);
      // Each rail has its own time of reading: µJ over ms is mW.
      watts += microjoules / elapsedMs / 1000;
      spanMs = Math.max(spanMs, elapsedMs);
    }
    this.#before = now;
    return { timeNs: timeNs - (spanMs * 1e6) / 2, watts };
  }
}
