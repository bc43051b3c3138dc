import type { PowerSourceOf } from '../domain/power-source.ts';
import { parseInaHwmon, type InaChannel } from '../parse/ina-hwmon.ts';
import type { FileTree } from './file-tree.ts';
import { SensorLost, type FoundPower, type PowerMeter } from './power-probe.ts';
import type { PowerReading } from './power-sensor.ts';
import { matchesPattern } from './profile-match.ts';

const FOLDER = 'sys/class/hwmon';

/** Ten a second, as for RAPL; the chips themselves average over some milliseconds to a second. */
const INTERVAL_MS = 100;

/** The channels of INA power monitors that the profile names, as one sensor; or why there is none. */
export function findInaPower(root: FileTree, source: PowerSourceOf<'ina'>): FoundPower {
  const folders = root.list(FOLDER).filter((name) => /^ina\d/.test(root.text(`${FOLDER}/${name}/name`) ?? '')).map((name) => `${FOLDER}/${name}`);
  if (folders.length === 0) return { absent: `${root.locate(FOLDER)} has no INA power monitor` };
  const channels = folders.flatMap((folder) => readChannels(root, folder).map((channel) => ({ folder, channel })));
  const chosen = source.rails.flatMap((rail) => channels.filter(({ channel }) => matchesPattern(nameOf(channel), [rail])));
  const missing = source.rails.filter((rail) => !channels.some(({ channel }) => matchesPattern(nameOf(channel), [rail])));
  if (missing.length > 0) return { absent: `the power monitors have no readable channel ${missing.join(', ')}; they have: ${channels.map(({ channel }) => nameOf(channel)).join(', ') || 'none'}` };
  const used = [...new Set(chosen.map(({ folder }) => folder))];
  // Only files of channels in use: an unused one answers with an error each time, and each read is a transfer over I²C.
  const files = used.flatMap((folder) => root.list(folder).filter((name) => name === 'name' || chosen.some((each) => each.folder === folder && belongsTo(name, each.channel))).map((name) => `${folder}/${name}`));
  const wanted = chosen.map(({ folder, channel }) => ({ folder, channel: channel.channel, name: nameOf(channel) }));
  return { probe: { name: 'ina', covers: source.covers, intervalMs: INTERVAL_MS, files, begin: () => new InaMeter(wanted) } };
}

interface Wanted {
  readonly folder: string;
  readonly channel: number;
  readonly name: string;
}

class InaMeter implements PowerMeter {
  readonly #wanted: readonly Wanted[];

  constructor(wanted: readonly Wanted[]) {
    this.#wanted = wanted;
  }

  take(root: FileTree, timeNs: number): PowerReading {
    let watts = 0;
    for (const { folder, channel, name } of this.#wanted) {
      const found = readChannels(root, folder).find((each) => each.channel === channel);
      const power = found === undefined ? null : wattsOf(found);
      if (power === null) throw new SensorLost(`the power monitor no longer tells ${name}`);
      watts += power;
    }
    return { timeNs, watts };
  }
}

function nameOf({ label, channel }: InaChannel): string {
  return label ?? `channel${channel}`;
}

/** INA3221: voltage over current of the same number; others: one channel, whose bus is in1. */
function belongsTo(file: string, { channel }: InaChannel): boolean {
  return [`in${channel}_input`, `in${channel}_label`, `curr${channel}_input`, `power${channel}_input`].includes(file);
}

/** W of mV and mA, or of the chip's own µW. */
function wattsOf({ busVoltageMv, currentMa, powerUw }: InaChannel): number | null {
  if (powerUw !== undefined) return powerUw / 1e6;
  return busVoltageMv === undefined || currentMa === undefined ? null : (busVoltageMv * currentMa) / 1e6;
}

function readChannels(root: FileTree, folder: string): readonly InaChannel[] {
  const dump = root.list(folder).map((name) => {
    const reading = root.read(`${folder}/${name}`);
    const path = `/${folder}/${name}`;
    return 'text' in reading && reading.text.trim() !== '' ? `${path}: ${reading.text.trim()}` : `cat: ${path}: Input/output error`;
  }).join('\n');
  const outcome = parseInaHwmon(`${dump}\n`);
  return outcome.ok ? (outcome.value.chips[0]?.channels ?? []) : [];
}
