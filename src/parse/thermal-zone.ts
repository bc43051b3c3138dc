/**
 * What a zone of a running device can be, °C. Sensors that are off or broken report −256, −274000, 0 or 200000 and more (m°C); and a value in whole °C
 * where the sysfs ABI wants m°C reads as less than 1 °C. None of them is a temperature.
 */
const SANE_C = { min: 1, max: 150 };

/** Zones that hold a constant: the power-management chip of Jetson boards always says 100 °C (seen on Nano, kernel 4.9, and TX1). */
const CONSTANT_ZONES: readonly { readonly type: RegExp; readonly milliC: number }[] = [
  { type: /^PMIC/i, milliC: 100_000 },
];

/** Zones whose `temp` is none: Jetson's fan estimate, and on Qualcomm boards battery current (mA), voltage (mV) and state of charge (%). */
const NO_THERMOMETER = /^thermal-fan-est$|^[iv]bat|^soc$/;

/** A thermal zone's `type` and `temp` files (Linux Documentation/ABI/testing/sysfs-class-thermal: m°C) as °C; null for what is no temperature. */
export function parseThermalZone(type: string, temp: string): number | null {
  const name = type.trim();
  const trimmed = temp.trim();
  if (!/^-?\d+$/.test(trimmed) || NO_THERMOMETER.test(name)) return null;
  const milliC = Number(trimmed);
  if (CONSTANT_ZONES.some((zone) => zone.milliC === milliC && zone.type.test(name))) return null;
  return saneCelsius(milliC / 1000);
}

/** A temperature that a running device can have, °C; null for what only a sensor that is off or broken says. */
export function saneCelsius(celsius: number): number | null {
  return celsius >= SANE_C.min && celsius <= SANE_C.max ? celsius : null;
}
