import { THERMAL_STATUSES, type ConditionSample } from '../domain/condition.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { FirmwareSign } from '../domain/firmware-sign.ts';
import type { Reason } from '../domain/verdict.ts';
import { summarizeConditions } from './summary.ts';

/** What still passes where the suite sets no other bound: many phones are at `light` from room temperature on. */
const DEFAULT_STATUS = 'light';
/** A limit on the clock that is less than this below what it was has not fallen. */
const CEILING_STEP = 0.01;

/**
 * Every sign in some samples that the device slows itself down, but for Android's thermal status and a falling limit of the clock, as parts of a sentence. A temperature is a sign where the
 * profile tells from which one on that zone slows the hardware down: some do so in firmware, of which the kernel is not told (Raspberry Pi).
 */
export function throttlingSigns(samples: readonly ConditionSample[], bounds: GateBounds): readonly string[] {
  const { throttleEvents = 0, coolingStepsMax = 0 } = summarizeConditions(samples);
  const signs: string[] = [];
  if (throttleEvents > (bounds.maxThrottleEvents ?? 0)) signs.push(`its processor throttled ${throttleEvents} times`);
  const over = samples.flatMap((sample) => sample.overLimit ?? []).toSorted((a, b) => (b.celsius - b.throttlesAtC) - (a.celsius - a.throttlesAtC))[0];
  if (over !== undefined) signs.push(`its zone ${over.zone} was at ${over.celsius.toFixed(1)} °C, and this hardware slows down from ${over.throttlesAtC} °C on there`);
  const firmware = firmwareSigns(samples);
  if (firmware.length > 0) signs.push(`its firmware lowered the clock (${firmware.join(', ')})`);
  if (samples.some(({ underVoltage }) => underVoltage === true)) signs.push('its supply\'s voltage was too low, at which its firmware lowers the clock');
  if (coolingStepsMax > (bounds.maxCoolingSteps ?? 0)) signs.push(`its processors were held back by ${coolingStepsMax} cooling steps`);
  return signs;
}

/** In words that the limit of a clock (ConditionSample.frequencyCeiling) is lower than it was; null when it is not, or not known. */
export function ceilingFall(before: number | undefined, now: number | undefined): string | null {
  if (before === undefined || now === undefined || now >= before - CEILING_STEP) return null;
  return `the limit of its clock fell from ${percent(before)} to ${percent(now)} of what the hardware can do`;
}

/** Every sign in a launch's samples that the device slowed itself down, in one reason; null without any. */
export function throttledReason(samples: readonly ConditionSample[], bounds: GateBounds): Reason | null {
  const { thermalStatusMax, frequencyCeilingMin } = summarizeConditions(samples);
  const passes = THERMAL_STATUSES.indexOf(bounds.maxThermalStatus ?? DEFAULT_STATUS);
  const rose = thermalStatusMax !== undefined && thermalStatusMax > passes ? [`its thermal status rose to ${THERMAL_STATUSES[thermalStatusMax] ?? thermalStatusMax}`] : [];
  const fallen = ceilingFall(samples.find((sample) => sample.frequencyCeiling !== undefined)?.frequencyCeiling, frequencyCeilingMin);
  const signs = [...rose, ...throttlingSigns(samples, bounds), ...(fallen === null ? [] : [fallen])];
  return signs.length === 0 ? null : { code: 'throttled', message: `the device throttled during the launch: ${signs.join('; ')}` };
}

/** What held at a look, and what came up between two looks: the firmware remembers since boot, so what it remembered at the first look is not of this launch. */
function firmwareSigns(samples: readonly ConditionSample[]): readonly FirmwareSign[] {
  const told = samples.flatMap((sample) => sample.firmwareThrottling ?? []);
  const before = new Set(told[0]?.sinceBoot);
  return [...new Set(told.flatMap(({ now, sinceBoot }) => [...now, ...sinceBoot.filter((sign) => !before.has(sign))]))];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
