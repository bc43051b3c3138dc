import { THERMAL_STATUSES, type ThermalStatus } from '../domain/condition.ts';
import { dumpLines, type DumpOutcome } from './dump.ts';
import { saneCelsius } from './thermal-zone.ts';

/** android.os.Temperature.TYPE_*. Types 6 to 8 (battery current limit) hold mV, mA and percent. */
const TYPES: Readonly<Record<number, string>> = {
  [-1]: 'unknown', 0: 'cpu', 1: 'gpu', 2: 'battery', 3: 'skin', 4: 'usb-port', 5: 'power-amplifier', 9: 'npu', 10: 'tpu', 11: 'display', 12: 'modem',
  13: 'soc', 14: 'wifi', 15: 'camera', 16: 'flashlight', 17: 'speaker', 18: 'ambient', 19: 'pogo',
};
const BATTERY_LIMIT_TYPES: ReadonlySet<number> = new Set([6, 7, 8]);

/** Tensor phones list differences of two sensors among the temperatures (USB2-MINUS-USB). */
const DIFFERENCE = /-MINUS-/;

export interface HalTemperature { readonly name: string; readonly type: string; readonly celsius: number; readonly throttling: ThermalStatus }
/** `type` is of android.hardware.thermal.CoolingType: 2 CPU, 3 GPU, 5 NPU, 7 TPU among others. */
export interface CoolingDevice { readonly name: string; readonly type: number; readonly state: number }
/** Throttling starts at `hotC[i]` for THERMAL_STATUSES[i]; null where that stage has no bound. */
export interface HotThresholds { readonly name: string; readonly hotC: readonly (number | null)[] }

export interface ThermalServiceDump {
  /** The `Thermal Status` line. */
  readonly throttling?: ThermalStatus;
  readonly statusOverridden?: boolean;
  readonly halReady?: boolean;
  /** From the HAL section alone; absent when the dump has none. */
  readonly temperatures?: readonly HalTemperature[];
  readonly coolingDevices?: readonly CoolingDevice[];
  readonly thresholds?: readonly HotThresholds[];
}

/** Headings of the dump (ThermalManagerService.dump) and whether what stands below is a live reading. */
const SECTIONS: Readonly<Record<string, 'cached' | 'hal' | 'cooling' | 'thresholds' | 'other'>> = {
  'Cached temperatures': 'cached',
  'Current temperatures from HAL': 'hal',
  'Current cooling devices from HAL': 'cooling',
  'Temperature static thresholds from HAL': 'thresholds',
};

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** Reads `dumpsys thermalservice`. The cached section is what the service last heard, which can be hours old, and is not read. */
export function parseDumpsysThermalservice(text: string): DumpOutcome<ThermalServiceDump> {
  const temperatures: HalTemperature[] = [];
  const coolingDevices: CoolingDevice[] = [];
  const thresholds: HotThresholds[] = [];
  const found: { throttling?: ThermalStatus; statusOverridden?: boolean; halReady?: boolean } = {};
  const warnings: string[] = [];
  const seen = new Set<string>();
  let section: string = 'none';
  let unplaced = 0;
  for (const line of dumpLines(text)) {
    const trimmed = line.trim();
    const [, label = '', value = ''] = /^([A-Za-z][A-Za-z ]*):\s*(\S*)$/.exec(trimmed) ?? [];
    if (label !== '' && value === '') {
      section = Object.hasOwn(SECTIONS, label) ? (SECTIONS[label] ?? 'other') : 'other';
      seen.add(section);
    } else if (label === 'Thermal Status') {
      const status = /^\d$/.test(value) ? THERMAL_STATUSES[Number(value)] : undefined;
      if (status !== undefined) found.throttling = status;
    } else if (label === 'IsStatusOverride' && /^(?:true|false)$/.test(value)) {
      found.statusOverridden = value === 'true';
    } else if (label === 'HAL Ready' && /^(?:true|false)$/.test(value)) {
      found.halReady = value === 'true';
    } else if (trimmed.startsWith('Temperature{')) {
      if (section === 'hal') readTemperature(trimmed, temperatures, warnings);
      else if (section !== 'cached') unplaced += 1;
    } else if (section === 'cooling') {
      const [, state, type, name] = /^CoolingDevice\{mValue=(\d{1,9}), mType=(\d{1,3}), mName=([^,}]+)\}$/.exec(trimmed) ?? [];
      if (name !== undefined) coolingDevices.push({ name, type: Number(type), state: Number(state) });
    } else if (section === 'thresholds') {
      const read = readThresholds(trimmed);
      if (read !== null) thresholds.push(read);
    }
  }
  const hasHal = seen.has('hal');
  if (!hasHal && !seen.has('cached') && found.throttling === undefined && found.halReady === undefined) return { ok: false, reason: 'it has no `Thermal Status`, no `HAL Ready` and no section of temperatures that `dumpsys thermalservice` has' };
  if (unplaced > 0) warnings.push(`${unplaced} temperature lines stand outside the HAL section (the dump may be cut) and can be stale: not read`);
  if (!hasHal) warnings.push(`there is no section of current temperatures from the HAL${seen.has('cached') ? '; the cached one is stale and not read' : ''}`);
  if (found.statusOverridden === true) warnings.push('the thermal status is overridden by hand (`cmd thermalservice reset` ends that)');
  if (found.throttling === 'none') warnings.push(...contradictions(temperatures, coolingDevices));
  return {
    ok: true,
    value: {
      ...found,
      ...(hasHal ? { temperatures } : {}),
      ...(seen.has('cooling') ? { coolingDevices } : {}),
      ...(thresholds.length > 0 ? { thresholds } : {}),
    },
    warnings,
  };
}

function readTemperature(line: string, into: HalTemperature[], warnings: string[]): void {
  const [, value = '', typeCode = '', name = '', status = ''] = /^Temperature\{mValue=([^,}]+), mType=(-?\d{1,3}), mName=([^,}]+), mStatus=(\d)\}$/.exec(line) ?? [];
  const type = TYPES[Number(typeCode)];
  const throttling = THERMAL_STATUSES[Number(status)];
  if (name === '') {
    warnings.push('a temperature line of the HAL section is cut or of another form: left out');
  } else if (BATTERY_LIMIT_TYPES.has(Number(typeCode))) {
    warnings.push(`${name} has type ${typeCode}, which holds mV, mA or percent: no temperature`);
  } else if (DIFFERENCE.test(name)) {
    warnings.push(`${name} is a difference of two sensors: no temperature`);
  } else if (type !== undefined && throttling !== undefined && NUMBER.test(value) && saneCelsius(Number(value)) !== null) {
    into.push({ name, type, celsius: Number(value), throttling });
  } else {
    warnings.push(`${name} at ${value} (type ${typeCode}) is no temperature of a running device: left out`);
  }
}

/** Both forms: `TemperatureThreshold{mType=…, mName=…, mHotThrottlingThresholds=[…], …}` and, from HAL 2.0, `{.type = …, .name = …, .hotThrottlingThresholds = […], …}`. */
function readThresholds(line: string): HotThresholds | null {
  const name = /(?:mName=|\.name = )([^,}]+)/.exec(line)?.[1];
  const list = /(?:mHotThrottlingThresholds=|\.hotThrottlingThresholds = )\[([^\]]*)\]/.exec(line)?.[1];
  if (name === undefined || list === undefined) return null;
  const hotC = list.split(',').map((part) => part.trim()).map((part) => (NUMBER.test(part) ? Number(part) : null));
  return hotC.length === THERMAL_STATUSES.length ? { name, hotC } : null;
}

/** Some devices say status 0 while they throttle. */
function contradictions(temperatures: readonly HalTemperature[], cooling: readonly CoolingDevice[]): readonly string[] {
  const sensors = temperatures.filter((temperature) => temperature.throttling !== 'none').map((temperature) => `${temperature.name} ${temperature.throttling}`);
  const active = cooling.filter((device) => device.state > 0).map((device) => device.name);
  return [
    ...(sensors.length > 0 ? [`the thermal status is none, but sensors throttle: ${sensors.join(', ')}`] : []),
    ...(active.length > 0 ? [`the thermal status is none, but cooling devices are at work: ${active.join(', ')}`] : []),
  ];
}
