/**
 * Energy between two readings of `energy_uj`, µJ. The counter starts again from 0 after `maxEnergyRangeUj`
 * (Linux Documentation/power/powercap/powercap.rst). Null when a reading is out of that range.
 */
export function raplDeltaUj(beforeUj: number, afterUj: number, maxEnergyRangeUj: number): number | null {
  if (beforeUj < 0 || afterUj < 0 || beforeUj > maxEnergyRangeUj || afterUj > maxEnergyRangeUj) return null;
  return afterUj >= beforeUj ? afterUj - beforeUj : maxEnergyRangeUj - beforeUj + afterUj;
}
