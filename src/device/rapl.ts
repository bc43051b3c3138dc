import { setTimeout as sleep } from 'node:timers/promises';
import { raplDeltaUj } from '../parse/rapl.ts';
import { parseWholeNumber } from '../parse/whole-number.ts';
import type { PowerReading, PowerRecording, PowerSensor } from './power-sensor.ts';
import type { FileTree } from './file-tree.ts';

const FOLDER = 'sys/class/powercap';

/** The counters move every millisecond or so; ten readings a second keep the error of the interval's ends at 1 %, and cost some 0.1 % of a core. */
const INTERVAL_MS = 100;

interface Package {
  readonly energyFile: string;
  readonly maxRangeUj: number;
}

/** The RAPL counters of this machine's processor packages as one sensor, or why there is none. */
export function findRapl(root: FileTree, nowNs: () => number, intervalMs = INTERVAL_MS): { readonly sensor: PowerSensor } | { readonly absent: string } {
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
  return { sensor: new RaplSensor(root, packages, nowNs, intervalMs) };
}

class RaplSensor implements PowerSensor {
  readonly name = 'rapl';
  readonly covers: string;
  readonly #root: FileTree;
  readonly #packages: readonly Package[];
  readonly #nowNs: () => number;
  readonly #intervalMs: number;

  constructor(root: FileTree, packages: readonly Package[], nowNs: () => number, intervalMs: number) {
    this.covers = packages.length === 1 ? 'processor package (RAPL)' : `${packages.length} processor packages (RAPL)`;
    this.#root = root;
    this.#packages = packages;
    this.#nowNs = nowNs;
    this.#intervalMs = intervalMs;
  }

  start(signal: AbortSignal): PowerRecording {
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    const readings: PowerReading[] = [];
    const done = this.#record(readings, until);
    done.catch(() => undefined); // `stop` hands it on; without it a failure before `stop` would end the process
    return {
      async stop() {
        ended.abort();
        await done;
        return readings;
      },
    };
  }

  async #record(readings: PowerReading[], until: AbortSignal): Promise<void> {
    let before = this.#read();
    while (!until.aborted) {
      await sleep(this.#intervalMs, undefined, { signal: until }).catch((error: unknown) => { if (!until.aborted) throw error; });
      const now = this.#read();
      // The stretch that `stop` cuts short: the counter's own step of a millisecond would make it noise.
      if (now.timeNs - before.timeNs < (this.#intervalMs * 1e6) / 2) continue;
      let microjoules = 0;
      for (const [index, { maxRangeUj }] of this.#packages.entries()) {
        const delta = raplDeltaUj(before.energyUj[index] ?? -1, now.energyUj[index] ?? -1, maxRangeUj);
        if (delta === null) throw new Error(`RAPL: a counter is beyond its range of ${maxRangeUj} µJ`);
        microjoules += delta;
      }
      // Mean power of the interval belongs to its middle.
      readings.push({ timeNs: (before.timeNs + now.timeNs) / 2, watts: (microjoules * 1000) / (now.timeNs - before.timeNs) });
      before = now;
    }
  }

  #read(): { readonly timeNs: number; readonly energyUj: readonly number[] } {
    const timeNs = this.#nowNs();
    return {
      timeNs,
      energyUj: this.#packages.map(({ energyFile }) => {
        const value = parseWholeNumber(this.#root.text(energyFile) ?? '');
        if (value === null) throw new Error(`RAPL: ${this.#root.locate(energyFile)} can't be read any more`);
        return value;
      }),
    };
  }
}
