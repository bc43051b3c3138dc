import type { Catalogue } from './catalogue.ts';
import type { Point } from './series.ts';
import { brief } from './words.ts';

/** A night from which something about the case's surroundings was another, with the letter that stands for it in the chart. */
export interface EnvironmentSign {
  readonly at: number;
  readonly letter: string;
  readonly words: string;
}

/** What was another than on the night before that ran, in words; empty when nothing was. */
export function changedBefore(catalogue: Catalogue, points: readonly Point[], at: number): string {
  const now = points[at]?.environment ?? null;
  if (now === null) return '';
  const before = points.slice(0, at).findLast((point) => point.environment !== null)?.environment ?? null;
  if (before === null) return '';
  return (Object.keys(catalogue.overview.environmentLabels) as (keyof typeof now)[]).flatMap((field) => {
    const [from, to] = [before[field], now[field]];
    return from === undefined || to === undefined || from === to ? [] : [`${catalogue.environmentLabel(field)} ${brief(from)} → ${brief(to)}`];
  }).join('; ');
}

/** a to z, then aa, ab … */
function letterOf(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : letterOf(Math.floor(index / 26) - 1) + letterOf(index % 26);
}

export function environmentSigns(catalogue: Catalogue, points: readonly Point[]): readonly EnvironmentSign[] {
  return points.flatMap((_, at) => {
    const words = changedBefore(catalogue, points, at);
    return words === '' ? [] : [{ at, words }];
  }).map((sign, i) => ({ ...sign, letter: letterOf(i) }));
}
