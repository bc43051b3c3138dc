import { integer } from './reading.ts';

/**
 * Negative errno values that kernels leak as a reading, from include/uapi/asm-generic/errno*.h: EIO, ENODEV, EINVAL, ENODATA, ETIMEDOUT
 * (−22 as VOLTAGE_QNOVO and CURRENT_QNOVO of a Pixel 3a).
 */
const ERRNO: ReadonlySet<number> = new Set([-5, -19, -22, -61, -110]);

/** A signed whole number that is no leaked error code. */
export function batteryInteger(text: string): number | null {
  const value = integer(text);
  return value === null || ERRNO.has(value) ? null : value;
}

/**
 * A battery current as the device prints it. Vendors differ in unit (µA or mA) and in sign (a Mi 6 prints minus while charging), and neither can be
 * told from the size (a Pixel 3a's 976 was µA), so only a device profile can make a current of it.
 */
export interface UndecidedCurrent {
  readonly raw: number;
  readonly unit: 'unknown';
  readonly sign: 'unknown';
}

/** The warning that goes with such a current. */
export const UNDECIDED_CURRENT = 'unit and sign of a battery\'s current differ by vendor and can not be told from the dump; a device profile decides them';

export function undecidedCurrent(text: string): UndecidedCurrent | null {
  const raw = batteryInteger(text);
  return raw === null ? null : { raw, unit: 'unknown', sign: 'unknown' };
}

/** A battery in use is between a drained Li-ion cell and a pack of some laptop-size board, V. Below: another unit, or no reading. */
const SANE_V = { min: 2, max: 30 };

/** A battery voltage in units of 1/`perVolt` V. */
export function batteryVoltage(perVolt: number): (text: string) => number | null {
  return (text) => {
    const value = batteryInteger(text);
    return value !== null && value >= SANE_V.min * perVolt && value <= SANE_V.max * perVolt ? value : null;
  };
}

/** Batteries work inside this range, °C. Exactly 0.0 is what a missing sensor prints. */
const SANE_C = { min: -30, max: 100 };

/** Tenths of °C, as batteries give them, in °C. */
export function batteryTemperatureC(text: string): number | null {
  const tenths = batteryInteger(text);
  if (tenths === null || tenths === 0) return null;
  const celsius = tenths / 10;
  return celsius >= SANE_C.min && celsius <= SANE_C.max ? celsius : null;
}
