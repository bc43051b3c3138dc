import { setTimeout as sleep } from 'node:timers/promises';
import type { ConditionSample } from '../domain/condition.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { Reason } from '../domain/verdict.ts';
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
};

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
  /** Called at each look at a closed gate, with what is broken and the most that is still waited. */
  readonly onWait: (reasons: readonly Reason[], remainingMs: number) => void;
}

/** Waits until the device is inside its bounds. Returns the bounds that were still broken when the wait was up, none when it is ready. Throws the signal's reason. */
export async function waitForGates(device: Pick<Device, 'facts' | 'sampleConditions'>, bounds: GateBounds, { maxWaitMs, signal, onWait }: GateWait): Promise<readonly Reason[]> {
  signal.throwIfAborted();
  if (Object.keys(bounds).length === 0) return [];
  const startedMs = performance.now();
  for (;;) {
    await device.sampleConditions(); // shares of the next sample are over the window from here
    await pause(WINDOW_MS, signal);
    const reasons = checkGatesBefore(await device.sampleConditions(), bounds, device.facts.cores);
    const remainingMs = maxWaitMs - (performance.now() - startedMs);
    if (reasons.length === 0 || remainingMs <= 0) return reasons;
    onWait(reasons, remainingMs);
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

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function celsius(value: number): string {
  return `${value.toFixed(1)} °C`;
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
