import { THERMAL_STATUSES, type ConditionSample } from '../domain/condition.ts';
import type { GateBounds, SuiteGates } from '../domain/gate.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { Reason } from '../domain/verdict.ts';

/**
 * Bounds where the suite gives none; for any machine, a shared virtual one with two cores among them. They are judgements, not findings of a paper.
 *
 * `load1` is not among them: it is an average over a minute, so that after one launch it would keep the gate shut for the next one. What counts is
 * whether somebody else uses the processor now, while Paddock itself only waits: `cpuBusy` and the pressure of one short window. A quarter of two
 * cores is half a core: less disturbs little, more competes with the model. No bound on steal: it shows only under load, when the launch runs, and
 * then a warning and wider intervals are the answer (warnings.ts).
 */
export const DEFAULT_GATES: GateBounds = {
  maxCpuBusy: 0.25,
  maxCpuPressure: 0.25,
  /** Below the 95–105 °C at which processors of PCs throttle. */
  maxTemperatureC: 90,
  maxThrottleEvents: 0,
  minMemAvailableMiB: 256,
  maxThermalStatus: 'light',
  /** Where Android starts to save power by default (AOSP config_lowBatteryWarningLevel). */
  minBatteryPercent: 15,
  powerSaving: 'off',
};

/** What holds on a device: the suite's bounds over those of the hardware over Paddock's. */
export interface GateRules {
  /** Empty when the suite wants no gates. */
  readonly bounds: GateBounds;
  /** Codes of the gates that the suite names: a demand, which makes a launch invalid. Others are advice. */
  readonly demanded: ReadonlySet<string>;
}

/** Bound by bound: the suite's where it names it, else the profile's, else Paddock's; `none` switches all off. */
export function gateRules(suite: SuiteGates | undefined, profile: Pick<DeviceProfile, 'gates'> | null): GateRules {
  if (suite === 'none') return { bounds: {}, demanded: new Set() };
  const demanded = [...STANDING_GATES, ...IDLE_GATES, ...WORKING_GATES].filter(({ bound }) => suite?.[bound] !== undefined).map(({ code }) => code);
  return { bounds: { ...DEFAULT_GATES, ...profile?.gates, ...suite }, demanded: new Set(demanded) };
}

interface Gate {
  readonly code: string;
  readonly bound: keyof GateBounds;
  /** The value and its bound in words when the gate is closed, null when it is open or can't be judged. */
  readonly breach: (sample: ConditionSample, bounds: GateBounds, cores: number) => string | null;
}

/** Hold before a launch and during it. */
const STANDING_GATES: readonly Gate[] = [
  { code: 'gate-steal', bound: 'maxSteal', breach: ({ steal }, { maxSteal }) => above(steal, maxSteal, (value) => `the hypervisor took ${percent(value)} of the CPU time`, percent) },
  { code: 'gate-temperature', bound: 'maxTemperatureC', breach: ({ temperatureC }, { maxTemperatureC }) => above(temperatureC, maxTemperatureC, (value) => `the device is at ${celsius(value)}`, celsius) },
  { code: 'gate-memory', bound: 'minMemAvailableMiB', breach: ({ memAvailableMiB }, { minMemAvailableMiB }) => below(memAvailableMiB, minMemAvailableMiB, (value) => `${mebibytes(value)} of memory are available`, mebibytes) },
  { code: 'gate-skin', bound: 'maxSkinTemperatureC', breach: ({ skinTemperatureC }, { maxSkinTemperatureC }) => above(skinTemperatureC, maxSkinTemperatureC, (value) => `the case is at ${celsius(value)}`, celsius) },
  { code: 'gate-thermal-status', bound: 'maxThermalStatus', breach: ({ thermalStatus }, { maxThermalStatus }) => above(thermalStatus, maxThermalStatus === undefined ? undefined : THERMAL_STATUSES.indexOf(maxThermalStatus), (value) => `its thermal status is ${statusName(value)}`, statusName) },
  { code: 'gate-frequency-ceiling', bound: 'minFrequencyCeiling', breach: ({ frequencyCeiling }, { minFrequencyCeiling }) => below(frequencyCeiling, minFrequencyCeiling, (value) => `its clock is limited to ${percent(value)} of what the hardware can do`, percent) },
  { code: 'gate-battery-temperature', bound: 'maxBatteryTemperatureC', breach: ({ batteryTemperatureC }, { maxBatteryTemperatureC }) => above(batteryTemperatureC, maxBatteryTemperatureC, (value) => `the battery is at ${celsius(value)}`, celsius) },
  { code: 'gate-battery', bound: 'minBatteryPercent', breach: ({ batteryPercent }, { minBatteryPercent }) => below(batteryPercent, minBatteryPercent, (value) => `the battery is at ${value.toFixed(0)} %`, (value) => `${value.toFixed(0)} %`) },
  { code: 'gate-charging', bound: 'charging', breach: ({ charging }, bounds) => differs(charging, bounds.charging === undefined ? undefined : bounds.charging === 'yes', { yes: 'the battery takes a charge', no: 'the battery takes no charge' }) },
  { code: 'gate-screen', bound: 'screen', breach: ({ screenOn }, { screen }) => differs(screenOn, screen === undefined ? undefined : screen === 'on', { yes: 'the screen is on', no: 'the screen is off' }) },
  { code: 'gate-power-saving', bound: 'powerSaving', breach: ({ powerSaving }, { powerSaving: wanted }) => (powerSaving === undefined || wanted === undefined || wanted === 'any' || powerSaving === (wanted === 'on') ? null : powerSaving ? 'the battery saver is on, which may halve the clocks: switch it off' : 'the battery saver is off, where the suite asks for it') },
];

/** Make sense only while Paddock itself leaves the device idle. */
const IDLE_GATES: readonly Gate[] = [
  { code: 'gate-cpu-pressure', bound: 'maxCpuPressure', breach: ({ cpuPressure }, { maxCpuPressure }) => above(cpuPressure, maxCpuPressure, (value) => `tasks waited for a processor ${percent(value)} of the time`, percent) },
  { code: 'gate-cpu-busy', bound: 'maxCpuBusy', breach: ({ cpuBusy }, { maxCpuBusy }) => above(cpuBusy, maxCpuBusy, (value) => `other programs use ${percent(value)} of the processor`, percent) },
  { code: 'gate-load', bound: 'maxLoad1PerCore', breach: ({ load1 }, { maxLoad1PerCore }, cores) => above(load1 === undefined ? undefined : load1 / cores, maxLoad1PerCore, (value) => `the load average is ${value.toFixed(2)} a core`, (value) => value.toFixed(2)) },
];

/** Makes sense only under work: an idle core clocks down by design. */
const WORKING_GATES: readonly Gate[] = [
  { code: 'gate-frequency', bound: 'minFrequencyRatio', breach: ({ frequencyRatio }, { minFrequencyRatio }) => below(frequencyRatio, minFrequencyRatio, (value) => `the fastest core runs at ${percent(value)} of its highest clock`, percent) },
];

/** The bounds that one sample taken during a launch breaks; what the device does not tell is not judged. Throttling is counted over a launch, see `ConditionSummary.throttleEvents`. */
export function checkGates(sample: ConditionSample, bounds: GateBounds): Reason[] {
  return breaches([...STANDING_GATES, ...WORKING_GATES], sample, bounds, 1);
}

/** The bounds that a sample taken while the device should be idle breaks. */
export function checkGatesBefore(sample: ConditionSample, bounds: GateBounds, cores: number): Reason[] {
  return breaches([...STANDING_GATES, ...IDLE_GATES], sample, bounds, cores);
}

function breaches(gates: readonly Gate[], sample: ConditionSample, bounds: GateBounds, cores: number): Reason[] {
  return gates.flatMap(({ code, breach }) => {
    const message = breach(sample, bounds, cores);
    return message === null ? [] : [{ code, message }];
  });
}

type Words = (value: number) => string;

function above(value: number | undefined, bound: number | undefined, what: Words, unit: Words): string | null {
  return value !== undefined && bound !== undefined && value > bound ? `${what(value)}, more than ${unit(bound)}` : null;
}

function below(value: number | undefined, bound: number | undefined, what: Words, unit: Words): string | null {
  return value !== undefined && bound !== undefined && value < bound ? `${what(value)}, less than ${unit(bound)}` : null;
}

function differs(value: boolean | undefined, wanted: boolean | undefined, words: { readonly yes: string; readonly no: string }): string | null {
  return value === undefined || wanted === undefined || value === wanted ? null : `${value ? words.yes : words.no}, where the suite asks for the contrary`;
}

function statusName(status: number): string {
  return THERMAL_STATUSES[status] ?? String(status);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function celsius(value: number): string {
  return `${value.toFixed(1)} °C`;
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
