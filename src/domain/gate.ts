import * as z from 'zod';
import { THERMAL_STATUSES } from './condition.ts';

/** Bounds that must hold before and during a launch; what the device does not tell is not judged. */
export const gateBoundsSchema = z.strictObject({
  maxCpuPressure: z.number().min(0).max(1).optional().describe('share of time in which tasks waited for a CPU, before a launch'),
  maxCpuBusy: z.number().min(0).max(1).optional().describe('share of CPU time that others use while Paddock itself waits; judged before a launch only'),
  maxLoad1PerCore: z.number().positive().optional().describe('one-minute load average over the cores; judged before a launch only, and the launch before still counts in it for a minute'),
  maxSteal: z.number().min(0).max(1).optional().describe('share of CPU time that the hypervisor gave to others'),
  maxTemperatureC: z.number().min(0).max(150).optional(),
  maxThrottleEvents: z.int().nonnegative().optional().describe('throttling events during a launch'),
  minFrequencyRatio: z.number().min(0).max(1).optional().describe('lowest frequency over the ceiling'),
  minMemAvailableMiB: z.number().nonnegative().optional(),
  maxSkinTemperatureC: z.number().min(0).max(100).optional().describe('Android: the case, by the thermal HAL'),
  maxThermalStatus: z.enum(THERMAL_STATUSES).optional().describe('Android: the thermal status that still passes; anything above is throttling'),
  maxCoolingSteps: z.int().nonnegative().optional().describe('steps by which cooling devices may hold the processors back before it counts as throttled; default 0'),
  minFrequencyCeiling: z.number().min(0).max(1).optional().describe('lowest frequency limit over what the hardware can do: a device that is held back by heat lowers its limits'),
  maxBatteryTemperatureC: z.number().min(0).max(100).optional(),
  minBatteryPercent: z.number().min(0).max(100).optional(),
  charging: z.enum(['yes', 'no']).optional().describe('whether the battery must be taking a charge, or must not'),
  screen: z.enum(['on', 'off']).optional(),
  powerSaving: z.enum(['on', 'off', 'any']).optional().describe('Android: whether the battery saver must be on, or off (default), as it may halve the clocks; `any` is not judged'),
});
export type GateBounds = Readonly<z.infer<typeof gateBoundsSchema>>;

/** Of a suite: bounds of its own over those of the hardware and Paddock's, or no gates at all. */
export const suiteGatesSchema = z.union([z.literal('none'), gateBoundsSchema]).describe('bounds that must hold: what is named here is a demand, and a launch outside it is `invalid`; for what is not named the device\'s profile and Paddock have bounds, which are waited for and then only warned of. `none`: no gates, nothing is waited for');
export type SuiteGates = z.infer<typeof suiteGatesSchema>;
