/** Why a Raspberry Pi's firmware lowers the clock, by the bits of `vcgencmd get_throttled` from bit 0 on (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled). */
export const FIRMWARE_SIGNS = ['under-voltage', 'frequency-capped', 'throttled', 'soft-temperature-limit'] as const;
export type FirmwareSign = (typeof FIRMWARE_SIGNS)[number];
