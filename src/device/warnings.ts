import type { ConditionSample, ConditionSummary } from '../domain/condition.ts';
import type { DeviceFacts } from '../domain/result.ts';
import type { Reason } from '../domain/verdict.ts';

/** From here on a condition is worth a sentence. Judgements: below, an effect drowns in the spread from launch to launch (1–2 % on a quiet machine). */
const STEAL_SHARE = 0.02;
const PRESSURE_SHARE = 0.1;
const FREQUENCY_RATIO = 0.9;

/** What a reader of a launch's or a case's numbers should know of the conditions that they were taken in. */
export function conditionWarnings(summary: ConditionSummary): Reason[] {
  const warnings: Reason[] = [];
  const { stealMean, stealMax, cpuPressureMax, frequencyRatioMin, throttleEvents } = summary;
  if (stealMean !== undefined && stealMean >= STEAL_SHARE) {
    const peak = stealMax !== undefined && stealMax > stealMean * 1.5 ? `, ${percent(stealMax)} at worst` : '';
    warnings.push({ code: 'steal', message: `the hypervisor took ${percent(stealMean)} of the CPU time (steal)${peak}: intervals are wider than on a quiet machine` });
  }
  if (cpuPressureMax !== undefined && cpuPressureMax >= PRESSURE_SHARE) {
    warnings.push({ code: 'cpu-pressure', message: `tasks waited for a processor ${percent(cpuPressureMax)} of the time at worst: other programs, or more threads than cores, slowed this down` });
  }
  if (throttleEvents !== undefined && throttleEvents > 0) {
    warnings.push({ code: 'throttled', message: `the processor throttled ${throttleEvents} times because of heat: let it cool, or mend its cooling` });
  }
  if (frequencyRatioMin !== undefined && frequencyRatioMin < FREQUENCY_RATIO) {
    warnings.push({ code: 'low-clock', message: `the fastest core ran at ${percent(frequencyRatioMin)} of its highest clock at some time: the governor or a limit held it back` });
  }
  return warnings;
}

/** A sensor that told at the start and no more at the end: from then on its quantity is unknown. */
export function lostSensors(samples: readonly ConditionSample[]): Reason[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return [];
  const names = Object.keys(first).filter((name) => !Object.hasOwn(last, name));
  return names.length === 0 ? [] : [{ code: 'sensor-lost', message: `the device told ${names.join(', ')} when the launch began and no longer at its end: what it was in between is not known` }];
}

/** What a reader should know of a device whatever was measured on it. */
export function deviceWarnings(facts: DeviceFacts): Reason[] {
  const warnings: Reason[] = [];
  if (facts.emulated) warnings.push({ code: 'emulated', message: `${facts.id} is emulated${typeof facts.virtualization !== 'string' ? '' : ` (${facts.virtualization})`}: its figures say nothing about speed on real hardware` });
  if (typeof facts.virtualization === 'string' && !facts.emulated) {
    warnings.push({ code: 'virtual', message: `${facts.id} is virtual (${facts.virtualization}): neighbours on the same host can slow it down unseen, so that intervals are wider than on hardware of one's own` });
  }
  if (facts.profileFit === 'unknown') warnings.push({ code: 'unknown-hardware', message: `nobody has described hardware such as ${facts.id} (profile ${facts.profile}): which cores, temperatures and power rails it has is not known; \`paddock devices --profile-template ${facts.id}\` drafts a profile` });
  if (facts.clockRegime === 'unknown') warnings.push({ code: 'unknown-clock', message: `the clock of ${facts.id} can't be read: a change of frequency would go unnoticed` });
  const lacks = (sensor: string): boolean => facts.absentSensors.some((absent) => absent.sensor === sensor);
  // One sign of throttling is enough to see it.
  const seesThrottling = facts.sensors.some((sensor) => sensor === 'throttleCount' || sensor === 'thermalStatus' || sensor === 'coolingSteps' || sensor === 'firmwareThrottling');
  const blind = [...(lacks('temperatureC') ? ['temperature'] : []), ...(lacks('throttleCount') && !seesThrottling ? ['throttling'] : [])];
  if (blind.length > 0) warnings.push({ code: 'blind-to-heat', message: `${facts.id} does not tell ${blind.join(' or ')}: slowing down by heat would only show as drift` });
  return warnings;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}
