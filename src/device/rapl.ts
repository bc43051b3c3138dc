import { raplDeltaUj } from '../parse/rapl.ts';
import { parseWholeNumber } from '../parse/whole-number.ts';
import type { FileTree } from './file-tree.ts';
import { SensorLost, type FoundPower, type PowerMeter } from './power-probe.ts';
import type { PowerReading } from './power-sensor.ts';

const FOLDER = 'sys/class/powercap';

/** The counters move every millisecond or so; ten readings a second keep the error of the interval's ends at 1 %, and cost some 0.1 % of a core. */
const INTERVAL_MS = 100;

interface Package {
  readonly energyFile: string;
  readonly maxRangeUj: number;
}

/** The RAPL counters of a machine's processor packages as one sensor, or why there is none. */
export function findRapl(root: FileTree): FoundPower {
  const packages: Package[] = [];
  for (const zone of root.list(FOLDER)) {
    // Sub-zones (core, uncore, dram) are named intel-rapl:0:1; "psys" covers more than the processor and not on every machine.
    if (!/^intel-rapl:\d+$/.test(zone) || !/^package-\d+/.test(root.text(`${FOLDER}/${zone}/name`) ?? '')) continue;
    const energyFile = `${FOLDER}/${zone}/energy_uj`;
    const reading = root.read(energyFile);
    if ('absent' in reading) {
      // Since CVE-2020-8694 (Linux 5.10) only root reads it.
      return { absent: `${reading.absent}. To allow it until the next boot: sudo chmod a+r ${root.locate(`${FOLDER}/intel-rapl:*/energy_uj`)}` };
    }
    const maxRangeUj = parseWholeNumber(root.text(`${FOLDER}/${zone}/max_energy_range_uj`) ?? '');
    if (parseWholeNumber(reading.text) === null || maxRangeUj === null) return { absent: `${root.locate(`${FOLDER}/${zone}`)} is not of a known form` };
    packages.push({ energyFile, maxRangeUj });
  }
  if (packages.length === 0) return { absent: `${root.locate(FOLDER)} has no RAPL package: this processor or hypervisor does not tell its energy` };
  return {
    probe: {
      name: 'rapl', covers: packages.length === 1 ? 'processor package (RAPL)' : `${packages.length} processor packages (RAPL)`, intervalMs: INTERVAL_MS,
      files: packages.map(({ energyFile }) => energyFile), begin: () => new RaplMeter(packages),
    },
  };
}

class RaplMeter implements PowerMeter {
  readonly #packages: readonly Package[];
  #before: { readonly timeNs: number; readonly energyUj: readonly number[] } | null = null;

  constructor(packages: readonly Package[]) {
    this.#packages = packages;
  }

  take(files: FileTree, timeNs: number): PowerReading | null {
    const energyUj = this.#packages.map(({ energyFile }) => {
      const value = parseWholeNumber(files.text(energyFile) ?? '');
      if (value === null) throw new SensorLost(`RAPL: ${files.locate(energyFile)} can't be read any more`);
      return value;
    });
    const before = this.#before;
    // The stretch that `stop` cuts short: the counter's own step of a millisecond would make it noise.
    if (before !== null && timeNs - before.timeNs < (INTERVAL_MS * 1e6) / 2) return null;
    this.#before = { timeNs, energyUj };
    if (before === null) return null;
    let microjoules = 0;
    for (const [index, { maxRangeUj }] of this.#packages.entries()) {
      const delta = raplDeltaUj(before.energyUj[index] ?? -1, energyUj[index] ?? -1, maxRangeUj);
      if (delta === null) throw new SensorLost(`RAPL: a counter is beyond its range of ${maxRangeUj} µJ`);
      microjoules += delta;
    }
    // Mean power of the interval belongs to its middle.
    return { timeNs: (before.timeNs + timeNs) / 2, watts: (microjoules * 1000) / (timeNs - before.timeNs) };
  }
}
