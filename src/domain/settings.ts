import * as z from 'zod';

/** What Paddock may change on a device while it measures. Each was read and written down first and is put back. */
export const deviceSettingsSchema = z.strictObject({
  stayAwake: z.boolean().optional().describe('Android: the screen stays on while the device is powered'),
  brightness: z.int().min(0).max(255).optional().describe('Android: brightness of the screen, by hand'),
  fixedPerformance: z.boolean().optional().describe('Android 11 and later: clocks that the device can hold, where its maker made that'),
  airplaneMode: z.boolean().optional().describe('Android 11 and later: radios off; not for a device that is reached over them'),
  governor: z.string().regex(/^[a-z_]{1,30}$/, 'a governor of cpufreq, as in performance').optional().describe('Linux: frequency governor of all cores; needs root'),
});
export type DeviceSettings = Readonly<z.output<typeof deviceSettingsSchema>>;
