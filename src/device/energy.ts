import type { EnergyRecord } from '../domain/launch.ts';
import type { PowerReading } from './power-sensor.ts';

/** Fewer readings than this in a stretch give no figure (METHODS 2: about 10). */
export const MIN_READINGS = 10;

/** Readings may stop short of a stretch's ends by this many of their own intervals; what lies between is held constant. */
const MAX_GAP_INTERVALS = 2;

/** A longer silence inside the window is a stretch of which nothing is known; gauges and shells under load skip one or two readings. */
const MAX_SILENCE_INTERVALS = 5;

export interface TimeWindow {
  readonly startNs: number;
  readonly endNs: number;
}

export interface EnergyInput {
  readonly sensor: string;
  /** Before the launch, in the same state, without work. */
  readonly idle: readonly PowerReading[];
  /** Around and in the measured window. */
  readonly load: readonly PowerReading[];
  readonly window: TimeWindow;
  readonly inferences: number;
}

export type EnergyResult = { readonly record: EnergyRecord } | { readonly absent: string };

/** Energy of the measured window: total, and net of the idle level. Absent, with the reason, when the readings don't bear a figure. */
export function energyOf({ sensor, idle, load, window, inferences }: EnergyInput): EnergyResult {
  if (inferences <= 0) return { absent: 'no inference was made in the measured window' };
  const first = idle[0];
  const last = idle.at(-1);
  if (first === undefined || last === undefined || idle.length < MIN_READINGS) return { absent: `${sensor}: ${idle.length} readings of the idle level, ${MIN_READINGS} are needed` };
  const idleJoules = joulesIn(idle, { startNs: first.timeNs, endNs: last.timeNs });
  const total = joulesIn(load, window);
  if (typeof idleJoules === 'string') return { absent: `${sensor}, idle level: ${idleJoules}` };
  if (typeof total === 'string') return { absent: `${sensor}, measured window: ${total}` };
  const seconds = (window.endNs - window.startNs) / 1e9;
  const idleWatts = idleJoules.joules / ((last.timeNs - first.timeNs) / 1e9);
  const netJoules = total.joules - idleWatts * seconds;
  if (netJoules <= 0) {
    return { absent: `${sensor}: power in the measured window (${(total.joules / seconds).toFixed(2)} W) was not above the idle level (${idleWatts.toFixed(2)} W): the device was not idle before, or the sensor does not see this work` };
  }
  return { record: { sensor, idleWatts, meanWatts: total.joules / seconds, totalJoules: total.joules, netJoules, inferences, readings: total.readings } };
}

/**
 * Trapezoid rule over the window on the readings' clock; power at the window's ends by interpolation.
 * @returns the energy and how many readings lie in the window, or why there is no figure
 */
export function joulesIn(readings: readonly PowerReading[], { startNs, endNs }: TimeWindow): { readonly joules: number; readonly readings: number } | string {
  if (!(endNs > startNs)) return 'it has no length';
  const inside = readings.filter(({ timeNs }) => timeNs >= startNs && timeNs <= endNs);
  if (inside.length < MIN_READINGS) return `${inside.length} readings, ${MIN_READINGS} are needed`;
  for (const [index, { timeNs, watts }] of readings.entries()) {
    if (!Number.isFinite(watts) || (index > 0 && timeNs <= (readings[index - 1]?.timeNs ?? Infinity))) return 'readings that are no number or out of order';
  }
  const times = readings.map((reading) => reading.timeNs);
  const intervalNs = medianStep(times);
  const before = startNs - (times[0] ?? startNs);
  const after = (times.at(-1) ?? endNs) - endNs;
  if (Math.min(before, after) < -MAX_GAP_INTERVALS * intervalNs) return 'the readings do not cover it';
  const points = [{ timeNs: startNs, watts: wattsAt(readings, startNs) }, ...inside, { timeNs: endNs, watts: wattsAt(readings, endNs) }];
  let joules = 0;
  for (const [index, point] of points.entries()) {
    const previous = points[index - 1];
    if (previous === undefined) continue;
    if (point.timeNs - previous.timeNs > MAX_SILENCE_INTERVALS * intervalNs) return `the sensor was silent for ${((point.timeNs - previous.timeNs) / 1e6).toFixed(0)} ms of it, with a reading every ${(intervalNs / 1e6).toFixed(0)} ms else`;
    joules += ((point.watts + previous.watts) / 2) * ((point.timeNs - previous.timeNs) / 1e9);
  }
  return { joules, readings: inside.length };
}

/** Linear between readings, constant beyond them. */
function wattsAt(readings: readonly PowerReading[], timeNs: number): number {
  const index = readings.findIndex((reading) => reading.timeNs >= timeNs);
  const next = readings[index] ?? readings.at(-1);
  const previous = readings[index - 1] ?? next;
  if (next === undefined || previous === undefined) return Number.NaN;
  if (next.timeNs <= previous.timeNs || index < 0) return next.watts;
  return previous.watts + ((next.watts - previous.watts) * (timeNs - previous.timeNs)) / (next.timeNs - previous.timeNs);
}

function medianStep(times: readonly number[]): number {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time)).sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}
