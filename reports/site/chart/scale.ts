import { NUMBER_FORMAT } from '../../../src/report/number.ts';

/** Maps data to pixels. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** 1, 2 or 5 times a power of ten, at most `count` steps in the span. */
function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/** A linear axis from `low` to `high` drawn from pixel `from` to pixel `to`, widened to round ends. */
export function niceScale(low: number, high: number, from: number, to: number, count: number): Scale {
  const step = niceStep(high - low || Math.abs(high) * 0.1 || 1, count);
  const start = Math.floor(low / step + 1e-9) * step;
  const end = Math.max(Math.ceil(high / step - 1e-9) * step, start + step);
  return { ...plainScale(start, end, from, to), ticks: Array.from({ length: Math.round((end - start) / step) + 1 }, (_, i) => start + i * step) };
}

/** The same with the ends as they are, and no ticks. */
export function plainScale(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  return { low, high, at: (value) => Math.round((from + ((value - low) / span) * (to - from)) * 10) / 10, ticks: [] };
}

/** Labels of an axis' ticks, all with as many decimals as their step needs. */
export function tickTexts(ticks: readonly number[]): readonly string[] {
  const step = (ticks[1] ?? 1) - (ticks[0] ?? 0);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map((tick) => (Math.abs(tick) >= 1e4 ? NUMBER_FORMAT.plain(tick, 3) : tick.toFixed(Math.min(decimals, 12)).replace('-', '−')));
}
