import { THERMAL_STATUSES, type ConditionSample } from '../domain/condition.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { DeviceProfile } from '../domain/profile.ts';
import type { Reason } from '../domain/verdict.ts';
import { summarizeConditions } from './summary.ts';

/** What still passes where the suite sets no other bound: many phones are at `light` from room temperature on. */
const DEFAULT_STATUS = 'light';
/** Parts of a device whose own heat lowers a clock that is measured with, and of which `temperatureC` tells. */
const PROCESSORS: ReadonlySet<string> = new Set(['cpu', 'gpu', 'npu', 'soc']);
/** A limit on the clock that is less than this below what it was when the launch began has not fallen. */
const CEILING_STEP = 0.01;

/**
 * Every sign in a launch's samples that the device slowed itself down, in one reason; null without any. A temperature is a sign where the profile tells from
 * which one on the hardware slows down: some do so in firmware, of which the kernel is not told (Raspberry Pi).
 */
export function throttledReason(samples: readonly ConditionSample[], bounds: GateBounds, profile: DeviceProfile | null): Reason | null {
  const { throttleEvents = 0, temperatureMaxC, thermalStatusMax, coolingStepsMax = 0, frequencyCeilingMin } = summarizeConditions(samples);
  const signs: string[] = [];
  if (throttleEvents > (bounds.maxThrottleEvents ?? 0)) signs.push(`its processor throttled ${throttleEvents} times`);
  const throttlesAtC = throttlingTemperatureC(profile);
  if (throttlesAtC !== null && temperatureMaxC !== undefined && temperatureMaxC >= throttlesAtC) signs.push(`it was at ${temperatureMaxC.toFixed(1)} °C, and this hardware slows down from ${throttlesAtC} °C on`);
  if (samples.some(({ underVoltage }) => underVoltage === true)) signs.push('its supply\'s voltage was too low, at which its firmware lowers the clock');
  const passes = THERMAL_STATUSES.indexOf(bounds.maxThermalStatus ?? DEFAULT_STATUS);
  if (thermalStatusMax !== undefined && thermalStatusMax > passes) signs.push(`its thermal status rose to ${THERMAL_STATUSES[thermalStatusMax] ?? thermalStatusMax}`);
  if (coolingStepsMax > (bounds.maxCoolingSteps ?? 0)) signs.push(`its processors were held back by ${coolingStepsMax} cooling steps`);
  const ceiling = samples.find((sample) => sample.frequencyCeiling !== undefined)?.frequencyCeiling;
  if (ceiling !== undefined && frequencyCeilingMin !== undefined && frequencyCeilingMin < ceiling - CEILING_STEP) signs.push(`the limit of its clock fell from ${percent(ceiling)} to ${percent(frequencyCeilingMin)} of what the hardware can do`);
  return signs.length === 0 ? null : { code: 'throttled', message: `the device throttled during the launch: ${signs.join('; ')}` };
}

/** The lowest temperature from which on the profile's processors slow down, °C; null where it tells none. */
function throttlingTemperatureC(profile: DeviceProfile | null): number | null {
  const limits = (profile?.thermal?.zones ?? []).flatMap(({ part, throttlesAtC }) => (PROCESSORS.has(part) && throttlesAtC !== undefined ? [throttlesAtC] : []));
  return limits.length === 0 ? null : Math.min(...limits);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
