import { describe, expect, test } from 'vitest';
import { symbolStyle } from '../../reports/site/chart/symbol-style.ts';
import { VERDICT_STATUSES } from '../../src/domain/verdict.ts';
import { seriesStyle } from '../../src/report/chart/ink.ts';
import { VERDICT_WORDS } from '../../src/report/verdict-words.ts';
import { ciede2000, leastDifference } from './colour-vision.ts';
import { colourOf, contrast, THEMES } from './palette.ts';

/** Side by side, about 1 is just noticed; 12 is another colour at a glance also in bars a few pixels high. */
const BARS_DIFFER = 12;
/** For larger marks of one shape. */
const MARKS_DIFFER = 8;
/** WCAG 2.2, 1.4.11. */
const NON_TEXT = 3;
/** More groups than any chart has had. */
const GROUPS = 20;

function pairs<T>(members: readonly T[]): readonly (readonly [T, T])[] {
  return members.flatMap((one, i) => members.slice(i + 1).map((other) => [one, other] as const));
}

describe('what must be told apart is told apart by every eye', () => {
  test('the difference is computed as its authors do', () => {
    // Sharma, Wu and Dalal's own test data: pairs 1, 7, 17, 25 and 34.
    for (const [one, other, expected] of [
      [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425], [[50, 0, 0], [50, -1, 2], 2.3669], [[50, 2.5, 0], [73, 25, -18], 27.1492], [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644], [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
    ] as const) expect(ciede2000(one, other)).toBeCloseTo(expected, 4);
    expect(leastDifference([200, 60, 60], [95, 120, 45]).vision).not.toBe('normal');
  });

  test.each(THEMES)('bars by verdict, which stand without words: by colour alone, %s', (theme) => {
    for (const [one, other] of pairs(VERDICT_STATUSES)) {
      const { difference, vision } = leastDifference(colourOf(`bar-${one}`, theme), colourOf(`bar-${other}`, theme));
      expect(difference, `${one} and ${other}, ${vision}`).toBeGreaterThanOrEqual(BARS_DIFFER);
    }
    for (const status of VERDICT_STATUSES) for (const ground of ['bg', 'card']) expect(contrast(colourOf(`bar-${status}`, theme), colourOf(ground, theme)), `${status} on ${ground}`).toBeGreaterThanOrEqual(NON_TEXT);
  });

  test('verdicts in text: by a mark of their own and by the word, not by colour', () => {
    expect(new Set(VERDICT_STATUSES.map((status) => VERDICT_WORDS[status].mark)).size).toBe(VERDICT_STATUSES.length);
  });

  test.each(THEMES)('groups of a chart: by shape, or by colour where two have the same shape, %s', (theme) => {
    const dashboard = (index: number) => ({ shape: symbolStyle(index).shape(5), colour: `chart-series-${symbolStyle(index).colour}` });
    const report = (index: number) => ({ shape: seriesStyle(index).symbol, colour: `chart-series-${index % 7}` });
    for (const style of [dashboard, report]) {
      for (const [one, other] of pairs(Array.from({ length: GROUPS }, (_, i) => style(i)))) {
        if (one.shape !== other.shape) continue;
        const { difference, vision } = leastDifference(colourOf(one.colour, theme), colourOf(other.colour, theme));
        expect(difference, `${one.colour} and ${other.colour}, ${vision}`).toBeGreaterThanOrEqual(MARKS_DIFFER);
      }
    }
    for (let i = 0; i < 7; i++) expect(contrast(colourOf(`chart-series-${i}`, theme), colourOf('card', theme)), `series ${i}`).toBeGreaterThanOrEqual(NON_TEXT);
  });
});
