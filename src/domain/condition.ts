import * as z from 'zod';
import { FIRMWARE_SIGNS } from './firmware-sign.ts';

/** android.os.Temperature.THROTTLING_*, from mild to grave. */
export const THERMAL_STATUSES = ['none', 'light', 'moderate', 'severe', 'critical', 'emergency', 'shutdown'] as const;
export type ThermalStatus = (typeof THERMAL_STATUSES)[number];

/** The state of a device at one moment. A quantity that the device does not tell is absent. */
export const conditionSampleSchema = z.object({
  /** Nanoseconds of the device's monotonic clock. */
  timeNs: z.number(),
  /** Runnable tasks, one-minute average. */
  load1: z.number().optional(),
  /** Share of the time since the last sample in which some task waited for a CPU (PSI `some`), 0 to 1; in a first sample, of the last 10 s. */
  cpuPressure: z.number().optional(),
  /** Share of CPU time that the hypervisor gave to others since the last sample, 0 to 1. */
  steal: z.number().optional(),
  /** Share of CPU time used by this device's tasks, ours included, since the last sample, 0 to 1. */
  cpuBusy: z.number().optional(),
  memAvailableMiB: z.number().optional(),
  /** Hottest zone inside the sane range, °C. */
  temperatureC: z.number().optional(),
  /** The fastest core's frequency over its ceiling, 0 to 1. */
  frequencyRatio: z.number().optional(),
  /** Throttling events since boot, summed over cores. */
  throttleCount: z.number().optional(),
  /** Android's thermal status: a stage from 0 (none) to 6 (shutdown), an index of THERMAL_STATUSES. Read every few seconds only. */
  thermalStatus: z.int().min(0).max(6).optional(),
  /** The case, °C. Read every few seconds only. */
  skinTemperatureC: z.number().optional(),
  /** The lowest limit of a core's frequency over the ceiling of its hardware, 0 to 1: falls when heat or a power mode holds the clock. */
  frequencyCeiling: z.number().optional(),
  /** Steps by which cooling devices of processors (cpufreq, devfreq) slow them down now, summed; 0 when none does. By Android's thermal HAL, every few seconds, where the files may not be read. */
  coolingSteps: z.number().optional(),
  /** Whether the supply's voltage was too low, as a Raspberry Pi's firmware tells; other hardware has no such alarm. */
  underVoltage: z.boolean().optional(),
  /** What a Raspberry Pi's firmware says of its clock, now and since boot. Read every few seconds only. */
  firmwareThrottling: z.object({ now: z.array(z.enum(FIRMWARE_SIGNS)).readonly(), sinceBoot: z.array(z.enum(FIRMWARE_SIGNS)).readonly() }).optional(),
  /** Of the zones that have reached the temperature from which, as the profile says, the device slows itself down: the one that is furthest beyond it. */
  overLimit: z.object({ zone: z.string(), celsius: z.number(), throttlesAtC: z.number() }).optional(),
  batteryPercent: z.number().optional(),
  batteryTemperatureC: z.number().optional(),
  /** Whether the battery takes a charge: a connected charger alone is not charging. */
  charging: z.boolean().optional(),
  screenOn: z.boolean().optional(),
  /** Whether Android's battery saver is on. Read every few seconds only. */
  powerSaving: z.boolean().optional(),
});
export type ConditionSample = Readonly<z.infer<typeof conditionSampleSchema>>;

/** What a launch or a case saw: lows and peaks. */
export const conditionSummarySchema = z.object({
  samples: z.int(),
  load1Max: z.number().optional(),
  cpuPressureMax: z.number().optional(),
  stealMean: z.number().optional(),
  stealMax: z.number().optional(),
  memAvailableMinMiB: z.number().optional(),
  temperatureStartC: z.number().optional(),
  temperatureMaxC: z.number().optional(),
  frequencyRatioMin: z.number().optional(),
  throttleEvents: z.number().optional(),
  thermalStatusMax: z.number().optional(),
  skinTemperatureMaxC: z.number().optional(),
  frequencyCeilingMin: z.number().optional(),
  coolingStepsMax: z.number().optional(),
  batteryPercentMin: z.number().optional(),
  batteryTemperatureMaxC: z.number().optional(),
  /** Whether the battery took a charge at some time. */
  charged: z.boolean().optional(),
  /** Whether power saving was on at some time. */
  powerSaved: z.boolean().optional(),
  /** Names of the quantities that this device does not tell. */
  absent: z.array(z.string()),
});
export type ConditionSummary = Readonly<z.infer<typeof conditionSummarySchema>>;
