import type { ConditionSample } from '../domain/condition.ts';
import { parseLoad1 } from '../parse/loadavg.ts';
import { parseMeminfo } from '../parse/meminfo.ts';
import { parsePressure } from '../parse/pressure.ts';
import { cpuShares, parseProcStat, type CpuTimes } from '../parse/proc-stat.ts';
import { BatteryState } from './battery-state.ts';
import { CoolingDevices } from './cooling-devices.ts';
import { CpuClock } from './cpu-clock.ts';
import type { FileTree } from './file-tree.ts';
import { SupplyAlarm } from './supply-alarm.ts';
import { ThermalZones, type ThermalRules } from './thermal.ts';

/** Name of a condition, as in `ConditionSample`. */
export type Quantity = Exclude<keyof ConditionSample, 'timeNs'>;

/** What only Android's services or a board's firmware tell; a system's files don't. */
export type ServiceQuantity = 'thermalStatus' | 'skinTemperatureC' | 'screenOn' | 'powerSaving' | 'firmwareThrottling';
/** A machine without the supply's alarm lacks no sensor, and no zone need be over its limit. */
type FileQuantity = Exclude<Quantity, ServiceQuantity | 'underVoltage' | 'overLimit'>;

const NO_LEVEL = 'the battery does not tell it';

interface Earlier {
  readonly timeNs: number;
  readonly times: CpuTimes | null;
  readonly pressureUs: number | null;
}

type MutableSample = { -readonly [field in keyof ConditionSample]: ConditionSample[field] };

/** Puts a value in when there is one. */
export function put<Q extends Quantity>(sample: MutableSample, field: Q, value: ConditionSample[Q] | null): void {
  if (value !== null && value !== undefined) sample[field] = value;
}

/** Reads the conditions of a Linux or Android system from its /proc and /sys. Shares are over the time since the reader's last sample. */
export class SystemConditions {
  readonly clock: CpuClock;
  readonly #root: FileTree;
  readonly #thermal: ThermalZones;
  readonly #cooling: CoolingDevices;
  readonly #supply: SupplyAlarm;
  readonly #battery: BatteryState;
  readonly #nowNs: () => number;
  #earlier: Earlier | null = null;

  /** @param nowNs the device's monotonic clock */
  constructor(root: FileTree, nowNs: () => number, rules: ThermalRules) {
    this.#root = root;
    this.#nowNs = nowNs;
    this.#thermal = new ThermalZones(root, rules);
    this.#cooling = new CoolingDevices(root);
    this.#supply = new SupplyAlarm(root);
    this.#battery = new BatteryState(root);
    this.clock = new CpuClock(root);
  }

  sample(): MutableSample {
    const timeNs = this.#nowNs();
    const times = parseProcStat(this.#root.text('proc/stat') ?? '');
    const pressure = parsePressure(this.#root.text('proc/pressure/cpu') ?? '');
    const earlier = this.#earlier;
    this.#earlier = { timeNs, times, pressureUs: pressure?.totalUs ?? null };
    const shares = times === null || earlier === null || earlier.times === null ? null : cpuShares(earlier.times, times);
    const battery = this.#battery.read();
    const sample: MutableSample = { timeNs };
    put(sample, 'load1', parseLoad1(this.#root.text('proc/loadavg') ?? ''));
    put(sample, 'cpuPressure', pressure === null ? null : pressureShare(earlier, timeNs, pressure.totalUs) ?? pressure.avg10);
    put(sample, 'steal', shares?.steal);
    put(sample, 'cpuBusy', shares?.busy);
    put(sample, 'memAvailableMiB', parseMeminfo(this.#root.text('proc/meminfo') ?? '').availableMiB);
    const heat = this.#thermal.read();
    put(sample, 'temperatureC', heat.hottestC);
    put(sample, 'overLimit', heat.overLimit);
    put(sample, 'frequencyRatio', this.clock.frequencyRatio());
    put(sample, 'frequencyCeiling', this.clock.ceilingRatio());
    put(sample, 'throttleCount', this.clock.throttleCount());
    put(sample, 'coolingSteps', this.#cooling.steps());
    put(sample, 'underVoltage', this.#supply.isRaised());
    put(sample, 'batteryPercent', battery?.percent);
    put(sample, 'batteryTemperatureC', battery?.celsius);
    put(sample, 'charging', battery?.charging);
    return sample;
  }

  /** Which conditions this system's files tell, and why they don't tell the others. */
  sensors(): { readonly present: readonly FileQuantity[]; readonly absent: readonly { readonly sensor: FileQuantity; readonly reason: string }[] } {
    const sample = this.sample();
    const stat = parseProcStat(this.#root.text('proc/stat') ?? '') !== null;
    const unless = (field: FileQuantity, reason: string): string | null => (sample[field] === undefined ? reason : null);
    const reasons: Readonly<Record<FileQuantity, string | null>> = {
      load1: unless('load1', this.#unreadable('proc/loadavg')),
      cpuPressure: unless('cpuPressure', this.#unreadable('proc/pressure/cpu')),
      steal: stat ? null : this.#unreadable('proc/stat'),
      cpuBusy: stat ? null : this.#unreadable('proc/stat'),
      memAvailableMiB: unless('memAvailableMiB', this.#unreadable('proc/meminfo')),
      temperatureC: unless('temperatureC', this.#thermal.absence),
      frequencyRatio: unless('frequencyRatio', this.clock.absence),
      frequencyCeiling: unless('frequencyCeiling', this.clock.absence),
      throttleCount: unless('throttleCount', this.clock.throttleAbsence),
      coolingSteps: unless('coolingSteps', this.#cooling.absence),
      batteryPercent: unless('batteryPercent', NO_LEVEL),
      batteryTemperatureC: unless('batteryTemperatureC', NO_LEVEL),
      charging: unless('charging', NO_LEVEL),
    };
    // A machine without a battery lacks no sensor.
    const ofBattery: readonly FileQuantity[] = this.#battery.present ? [] : ['batteryPercent', 'batteryTemperatureC', 'charging'];
    const entries = (Object.entries(reasons) as [FileQuantity, string | null][]).filter(([sensor]) => !ofBattery.includes(sensor));
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
