import type { ConditionSample, ConditionSummary } from '../domain/condition.ts';

/** Whose absence a reader should know of; a machine without battery or screen lacks nothing. */
const QUANTITIES = ['load1', 'cpuPressure', 'steal', 'cpuBusy', 'memAvailableMiB', 'temperatureC', 'frequencyRatio', 'throttleCount'] as const satisfies readonly (keyof ConditionSample)[];

/**
 * Lows and peaks of the samples of one launch, or of several: `summarizeConditions(...launches)`, each in the order of time. Shares of a sample are about
 * the time before it, so that those of a launch's first sample (before the launch) don't count unless it is the launch's only one; `stealMean` weighs
 * them by that time. Throttling between launches is nobody's.
 */
export function summarizeConditions(...launches: readonly (readonly ConditionSample[])[]): ConditionSummary {
  const samples = launches.flat();
  const shares = launches.flatMap((launch) => (launch.length > 1 ? launch.slice(1) : launch));
  const load1Max = peak(samples, 'load1');
  const cpuPressureMax = peak(shares, 'cpuPressure');
  const stealMax = peak(shares, 'steal');
  const stealMean = meanSteal(launches);
  const memAvailableMinMiB = low(samples, 'memAvailableMiB');
  const temperatureStartC = samples.find((sample) => sample.temperatureC !== undefined)?.temperatureC;
  const temperatureMaxC = peak(samples, 'temperatureC');
  const frequencyRatioMin = low(samples, 'frequencyRatio');
  const throttleEvents = risen(launches);
  return {
    samples: samples.length,
    ...present('load1Max', load1Max),
    ...present('cpuPressureMax', cpuPressureMax),
    ...present('stealMean', stealMean),
    ...present('stealMax', stealMax),
    ...present('memAvailableMinMiB', memAvailableMinMiB),
    ...present('temperatureStartC', temperatureStartC),
    ...present('temperatureMaxC', temperatureMaxC),
    ...present('frequencyRatioMin', frequencyRatioMin),
    ...present('throttleEvents', throttleEvents),
    ...present('thermalStatusMax', peak(samples, 'thermalStatus')),
    ...present('skinTemperatureMaxC', peak(samples, 'skinTemperatureC')),
    ...present('frequencyCeilingMin', low(samples, 'frequencyCeiling')),
    ...present('coolingStepsMax', peak(samples, 'coolingSteps')),
    ...present('batteryPercentMin', low(samples, 'batteryPercent')),
    ...present('batteryTemperatureMaxC', peak(samples, 'batteryTemperatureC')),
    ...present('charged', samples.every((sample) => sample.charging === undefined) ? undefined : samples.some((sample) => sample.charging === true)),
    ...present('powerSaved', samples.every((sample) => sample.powerSaving === undefined) ? undefined : samples.some((sample) => sample.powerSaving === true)),
    absent: QUANTITIES.filter((quantity) => samples.every((sample) => sample[quantity] === undefined)),
  };
}

function present<K extends keyof ConditionSummary>(name: K, value: ConditionSummary[K] | undefined): Partial<ConditionSummary> {
  return value === undefined ? {} : { [name]: value };
}

/** Quantities that are numbers. */
type Numeric = { [K in keyof ConditionSample]-?: NonNullable<ConditionSample[K]> extends number ? K : never }[keyof ConditionSample];

function values(samples: readonly ConditionSample[], quantity: Numeric): number[] {
  return samples.flatMap((sample) => sample[quantity] ?? []);
}

function peak(samples: readonly ConditionSample[], quantity: Numeric): number | undefined {
  const found = values(samples, quantity);
  return found.length === 0 ? undefined : found.reduce((a, b) => Math.max(a, b));
}

function low(samples: readonly ConditionSample[], quantity: Numeric): number | undefined {
  const found = values(samples, quantity);
  return found.length === 0 ? undefined : found.reduce((a, b) => Math.min(a, b));
}

function meanSteal(launches: readonly (readonly ConditionSample[])[]): number | undefined {
  let stolen = 0;
  let spanNs = 0;
  for (const launch of launches) {
    for (const [index, sample] of launch.entries()) {
      const previous = launch[index - 1];
      if (previous === undefined || sample.steal === undefined) continue;
      stolen += sample.steal * (sample.timeNs - previous.timeNs);
      spanNs += sample.timeNs - previous.timeNs;
    }
  }
  return spanNs > 0 ? stolen / spanNs : undefined;
}

/** A count can fall when a core goes offline: only rises are events. Undefined when no launch has two counts. */
function risen(launches: readonly (readonly ConditionSample[])[]): number | undefined {
  const steps = launches.flatMap((launch) => {
    const counts = values(launch, 'throttleCount');
    return counts.slice(1).map((count, index) => Math.max(0, count - (counts[index] ?? count)));
  });
  return steps.length === 0 ? undefined : steps.reduce((sum, step) => sum + step, 0);
}
