import { setTimeout as sleep } from 'node:timers/promises';
import { THERMAL_STATUSES, type ConditionSample } from '../domain/condition.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { Reason } from '../domain/verdict.ts';
import { timeUntilCool } from '../stats/cooling.ts';
import type { Device } from './device.ts';

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
};

/** The bounds where the suite gives none: Paddock's, and over them those of the hardware. */
export function defaultGates(profile: DeviceProfile | null): GateBounds {
  return { ...DEFAULT_GATES, ...profile?.gates };
}

/** Over which the state before a launch is judged: /proc/stat counts 10 ms a tick, so that this window of two cores tells shares to 2 %. */
const WINDOW_MS = 250;

/** Between looks at a closed gate. */
const PAUSE_MS = 1000;

interface Gate {
  readonly code: string;
  /** The value and its bound in words when the gate is closed, null when it is open or can't be judged. */
  readonly breach: (sample: ConditionSample, bounds: GateBounds, cores: number) => string | null;
}

/** Hold before a launch and during it. */
const STANDING_GATES: readonly Gate[] = [
  { code: 'gate-steal', breach: ({ steal }, { maxSteal }) => above(steal, maxSteal, (value) => `the hypervisor took ${percent(value)} of the CPU time`, percent) },
  { code: 'gate-temperature', breach: ({ temperatureC }, { maxTemperatureC }) => above(temperatureC, maxTemperatureC, (value) => `the device is at ${celsius(value)}`, celsius) },
  { code: 'gate-memory', breach: ({ memAvailableMiB }, { minMemAvailableMiB }) => below(memAvailableMiB, minMemAvailableMiB, (value) => `${mebibytes(value)} of memory are available`, mebibytes) },
  { code: 'gate-skin', breach: ({ skinTemperatureC }, { maxSkinTemperatureC }) => above(skinTemperatureC, maxSkinTemperatureC, (value) => `the case is at ${celsius(value)}`, celsius) },
  { code: 'gate-thermal-status', breach: ({ thermalStatus }, { maxThermalStatus }) => above(thermalStatus, maxThermalStatus === undefined ? undefined : THERMAL_STATUSES.indexOf(maxThermalStatus), (value) => `its thermal status is ${statusName(value)}`, statusName) },
  { code: 'gate-frequency-ceiling', breach: ({ frequencyCeiling }, { minFrequencyCeiling }) => below(frequencyCeiling, minFrequencyCeiling, (value) => `its clock is limited to ${percent(value)} of what the hardware can do`, percent) },
  { code: 'gate-battery-temperature', breach: ({ batteryTemperatureC }, { maxBatteryTemperatureC }) => above(batteryTemperatureC, maxBatteryTemperatureC, (value) => `the battery is at ${celsius(value)}`, celsius) },
  { code: 'gate-battery', breach: ({ batteryPercent }, { minBatteryPercent }) => below(batteryPercent, minBatteryPercent, (value) => `the battery is at ${value.toFixed(0)} %`, (value) => `${value.toFixed(0)} %`) },
  { code: 'gate-charging', breach: ({ charging }, bounds) => differs(charging, bounds.charging === undefined ? undefined : bounds.charging === 'yes', { yes: 'the battery takes a charge', no: 'the battery takes no charge' }) },
  { code: 'gate-screen', breach: ({ screenOn }, { screen }) => differs(screenOn, screen === undefined ? undefined : screen === 'on', { yes: 'the screen is on', no: 'the screen is off' }) },
];

/** Make sense only while Paddock itself leaves the device idle. */
const IDLE_GATES: readonly Gate[] = [
  { code: 'gate-cpu-pressure', breach: ({ cpuPressure }, { maxCpuPressure }) => above(cpuPressure, maxCpuPressure, (value) => `tasks waited for a processor ${percent(value)} of the time`, percent) },
  { code: 'gate-cpu-busy', breach: ({ cpuBusy }, { maxCpuBusy }) => above(cpuBusy, maxCpuBusy, (value) => `other programs use ${percent(value)} of the processor`, percent) },
  { code: 'gate-load', breach: ({ load1 }, { maxLoad1PerCore }, cores) => above(load1 === undefined ? undefined : load1 / cores, maxLoad1PerCore, (value) => `the load average is ${value.toFixed(2)} a core`, (value) => value.toFixed(2)) },
];

/** Makes sense only under work: an idle core clocks down by design. */
const WORKING_GATES: readonly Gate[] = [
  { code: 'gate-frequency', breach: ({ frequencyRatio }, { minFrequencyRatio }) => below(frequencyRatio, minFrequencyRatio, (value) => `the fastest core runs at ${percent(value)} of its highest clock`, percent) },
];

/** The bounds that one sample taken during a launch breaks; what the device does not tell is not judged. Throttling is counted over a launch, see `ConditionSummary.throttleEvents`. */
export function checkGates(sample: ConditionSample, bounds: GateBounds): Reason[] {
  return breaches([...STANDING_GATES, ...WORKING_GATES], sample, bounds, 1);
}

/** The bounds that a sample taken while the device should be idle breaks. */
export function checkGatesBefore(sample: ConditionSample, bounds: GateBounds, cores: number): Reason[] {
  return breaches([...STANDING_GATES, ...IDLE_GATES], sample, bounds, cores);
}

export interface GateWait {
  /** How long a closed gate is waited for. */
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
  /** Called at each look at a closed gate, with what is broken, the most that is still waited, and when it should be cool enough (null: not for that, or not to be told). */
  readonly onWait: (reasons: readonly Reason[], remainingMs: number, coolInMs: number | null) => void;
}

/** Quantities that a pause brings down, with their bounds. */
const HEAT: readonly (readonly [quantity: 'temperatureC' | 'skinTemperatureC' | 'batteryTemperatureC', bound: 'maxTemperatureC' | 'maxSkinTemperatureC' | 'maxBatteryTemperatureC'])[] = [
  ['temperatureC', 'maxTemperatureC'], ['skinTemperatureC', 'maxSkinTemperatureC'], ['batteryTemperatureC', 'maxBatteryTemperatureC'],
];

/** When the last of the temperatures that are too high will be at its bound; null when none is, or one gives no estimate. */
function coolInMs(looks: readonly ConditionSample[], bounds: GateBounds): number | null {
  const estimates = HEAT.flatMap(([quantity, name]) => {
    const bound = bounds[name];
    const last = looks.at(-1)?.[quantity];
    if (bound === undefined || last === undefined || last <= bound) return [];
    const seen = looks.flatMap((look) => (look[quantity] === undefined ? [] : [{ timeMs: look.timeNs / 1e6, celsius: look[quantity] }]));
    return [timeUntilCool(seen.map(({ timeMs }) => timeMs), seen.map(({ celsius }) => celsius), bound)];
  });
  return estimates.length === 0 || estimates.includes(null) ? null : Math.max(...estimates.map((estimate) => estimate ?? 0));
}

/** Waits until the device is inside its bounds. Returns the bounds that were still broken when the wait was up, none when it is ready. Throws the signal's reason. */
export async function waitForGates(device: Pick<Device, 'facts' | 'sampleConditions'>, bounds: GateBounds, { maxWaitMs, signal, onWait }: GateWait): Promise<readonly Reason[]> {
  signal.throwIfAborted();
  if (Object.keys(bounds).length === 0) return [];
  const startedMs = performance.now();
  const looks: ConditionSample[] = [];
  for (;;) {
    await device.sampleConditions(); // shares of the next sample are over the window from here
    await pause(WINDOW_MS, signal);
    const look = await device.sampleConditions();
    looks.push(look);
    const reasons = checkGatesBefore(look, bounds, device.facts.cores);
    const remainingMs = maxWaitMs - (performance.now() - startedMs);
    if (reasons.length === 0 || remainingMs <= 0) return reasons;
    onWait(reasons, remainingMs, coolInMs(looks, bounds));
    await pause(Math.max(0, Math.min(PAUSE_MS, remainingMs - WINDOW_MS)), signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
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
