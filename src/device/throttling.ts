import { THERMAL_STATUSES, type ConditionSample } from '../domain/condition.ts';
import type { GateBounds } from '../domain/gate.ts';
import type { Reason } from '../domain/verdict.ts';
import { summarizeConditions } from './summary.ts';

/** What still passes where the suite sets no other bound: many phones are at `light` from room temperature on. */
const DEFAULT_STATUS = 'light';
/** A limit on the clock that is less than this below what it was when the launch began has not fallen. */
const CEILING_STEP = 0.01;

/** Every sign in a launch's samples that the device slowed itself down, in one reason; null without any. */
export function throttledReason(samples: readonly ConditionSample[], bounds: GateBounds): Reason | null {
  const { throttleEvents = 0, thermalStatusMax, coolingStepsMax = 0, frequencyCeilingMin } = summarizeConditions(samples);
  const signs: string[] = [];
  if (throttleEvents > (bounds.maxThrottleEvents ?? 0)) signs.push(`its processor throttled ${throttleEvents} times`);
  const passes = THERMAL_STATUSES.indexOf(bounds.maxThermalStatus ?? DEFAULT_STATUS);
  if (thermalStatusMax !== undefined && thermalStatusMax > passes) signs.push(`its thermal status rose to ${THERMAL_STATUSES[thermalStatusMax] ?? thermalStatusMax}`);
  if (coolingStepsMax > (bounds.maxCoolingSteps ?? 0)) signs.push(`its processors were held back by ${coolingStepsMax} cooling steps`);
  const ceiling = samples.find((sample) => sample.frequencyCeiling !== undefined)?.frequencyCeiling;
  if (ceiling !== undefined && frequencyCeilingMin !== undefined && frequencyCeilingMin < ceiling - CEILING_STEP) signs.push(`the limit of its clock fell from ${percent(ceiling)} to ${percent(frequencyCeilingMin)} of what the hardware can do`);
  return signs.length === 0 ? null : { code: 'throttled', message: `the device throttled during the launch: ${signs.join('; ')}` };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
