import type { ConditionSample } from '../domain/condition.ts';
import { parseLoad1 } from '../parse/loadavg.ts';
import { parseMeminfo } from '../parse/meminfo.ts';
import { parsePressure } from '../parse/pressure.ts';
import { cpuShares, parseProcStat, type CpuTimes } from '../parse/proc-stat.ts';
import { CpuClock } from './cpu-clock.ts';
import type { SystemRoot } from './system-root.ts';
import { ThermalZones } from './thermal.ts';

/** Name of a condition, as in `ConditionSample`. */
export type Quantity = Exclude<keyof ConditionSample, 'timeNs'>;

interface Earlier {
  readonly timeNs: number;
  readonly times: CpuTimes | null;
  readonly pressureUs: number | null;
}

/** Reads the conditions of this machine from /proc and /sys. Shares are over the time since the reader's last sample. */
export class LocalConditions {
  readonly clock: CpuClock;
  readonly #root: SystemRoot;
  readonly #thermal: ThermalZones;
  readonly #nowNs: () => number;
  #earlier: Earlier | null = null;

  /** @param nowNs the device's monotonic clock */
  constructor(root: SystemRoot, nowNs: () => number) {
    this.#root = root;
    this.#nowNs = nowNs;
    this.#thermal = new ThermalZones(root);
    this.clock = new CpuClock(root);
  }

  sample(): ConditionSample {
    const timeNs = this.#nowNs();
    const times = parseProcStat(this.#root.text('proc/stat') ?? '');
    const pressure = parsePressure(this.#root.text('proc/pressure/cpu') ?? '');
    const earlier = this.#earlier;
    this.#earlier = { timeNs, times, pressureUs: pressure?.totalUs ?? null };
    const shares = times === null || earlier === null || earlier.times === null ? null : cpuShares(earlier.times, times);
    const sample: { -readonly [field in keyof ConditionSample]: ConditionSample[field] } = { timeNs };
    const put = (field: Quantity, value: number | null | undefined): void => { if (value !== null && value !== undefined) sample[field] = value; };
    put('load1', parseLoad1(this.#root.text('proc/loadavg') ?? ''));
    put('cpuPressure', pressure === null ? null : pressureShare(earlier, timeNs, pressure.totalUs) ?? pressure.avg10);
    put('steal', shares?.steal);
    put('cpuBusy', shares?.busy);
    put('memAvailableMiB', parseMeminfo(this.#root.text('proc/meminfo') ?? '').availableMiB);
    put('temperatureC', this.#thermal.hottestC());
    put('frequencyRatio', this.clock.frequencyRatio());
    put('throttleCount', this.clock.throttleCount());
    return sample;
  }

  /** Which conditions this machine tells, and why it doesn't tell the others. */
  sensors(): { readonly present: readonly Quantity[]; readonly absent: readonly { readonly sensor: Quantity; readonly reason: string }[] } {
    const sample = this.sample();
    const stat = parseProcStat(this.#root.text('proc/stat') ?? '') !== null;
    const reasons: Readonly<Record<Quantity, string | null>> = {
      load1: sample.load1 === undefined ? this.#unreadable('proc/loadavg') : null,
      cpuPressure: sample.cpuPressure === undefined ? this.#unreadable('proc/pressure/cpu') : null,
      steal: stat ? null : this.#unreadable('proc/stat'),
      cpuBusy: stat ? null : this.#unreadable('proc/stat'),
      memAvailableMiB: sample.memAvailableMiB === undefined ? this.#unreadable('proc/meminfo') : null,
      temperatureC: sample.temperatureC === undefined ? this.#thermal.absence : null,
      frequencyRatio: sample.frequencyRatio === undefined ? this.clock.absence : null,
      throttleCount: sample.throttleCount === undefined ? this.clock.throttleAbsence : null,
    };
    const entries = Object.entries(reasons) as [Quantity, string | null][];
    return {
      present: entries.filter(([, reason]) => reason === null).map(([sensor]) => sensor),
      absent: entries.flatMap(([sensor, reason]) => (reason === null ? [] : [{ sensor, reason }])),
    };
  }

  #unreadable(path: string): string {
    const reading = this.#root.read(path);
    return 'absent' in reading ? reading.absent : `${this.#root.locate(path)} is not of a known form`;
  }
}

/** Null without an earlier reading. The kernel and the monotonic clock round differently, so that a busy stretch can come out just above 1. */
function pressureShare(earlier: Earlier | null, timeNs: number, totalUs: number): number | null {
  if (earlier === null || earlier.pressureUs === null || timeNs <= earlier.timeNs || totalUs < earlier.pressureUs) return null;
  return Math.min(1, ((totalUs - earlier.pressureUs) * 1000) / (timeNs - earlier.timeNs));
}
