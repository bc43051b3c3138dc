import type { NightlyValues } from './series-ready.ts';
import { median } from './summary.ts';

/** Nights before a change that its shift is measured against. */
const BEFORE_NIGHTS = 20;

/** ln of the level from a night on over the level of the 20 nights before, medians; null with fewer than three values on either side. */
export function shiftAround(values: NightlyValues, at: number): number | null {
  const levels = [values.slice(Math.max(0, at - BEFORE_NIGHTS), at), values.slice(at)].map((side) => side.filter((value) => value !== null && value > 0));
  const [before, after] = levels;
  if (before === undefined || after === undefined || before.length < 3 || after.length < 3) return null;
  return Math.log(median(after.map(Number)) / median(before.map(Number)));
}
