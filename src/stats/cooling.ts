/** Fewer looks than this tell no course. */
const LEAST_LOOKS = 6;
/** °C: a fall within this is a sensor's own unrest. */
const UNREST_C = 0.3;

/**
 * When a cooling body will be at a bound, by Newton's law: means of the first, middle and last third of what was seen give the level that it tends to
 * (Aitken's delta-squared) and its pace; where they fall in a straight line, the line is gone on with.
 * @param times ascending, evenly spaced within reason, any unit
 * @returns time from the last look, in the same unit; null when it does not cool, tends to a level above the bound, or has been seen too briefly
 */
export function timeUntilCool(times: readonly number[], celsius: readonly number[], bound: number): number | null {
  const n = Math.min(times.length, celsius.length);
  const lastTime = times[n - 1] ?? 0;
  if (n < LEAST_LOOKS) return null;
  const third = Math.floor(n / 3);
  const [first, middle, last] = [mean(celsius, n - 3 * third, n - 2 * third), mean(celsius, n - 2 * third, n - third), mean(celsius, n - third, n)];
  if (last <= bound) return 0;
  const fell = first - middle;
  const falls = middle - last;
  const step = mean(times, n - third, n) - mean(times, n - 2 * third, n - third);
  const sinceLast = lastTime - mean(times, n - third, n);
  if (fell + falls < UNREST_C || falls <= 0 || step <= 0) return null;
  const ratio = fell <= 0 ? 1 : falls / fell;
  if (ratio >= 1) return Math.max(0, ((last - bound) / falls) * step - sinceLast);
  // What is still to fall in all: falls · (ratio + ratio² + …).
  const rest = (falls * ratio) / (1 - ratio);
  const share = (last - bound) / rest;
  if (share >= 1) return null;
  return Math.max(0, (Math.log(1 - share) / Math.log(ratio)) * step - sinceLast);
}

function mean(values: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] ?? 0;
  return sum / (to - from);
}
