import type { Acknowledgement } from '../domain/event.ts';
import type { Series } from '../domain/series.ts';
import type { ExpectedChange } from '../domain/watch.ts';
import { matches } from '../farm/plan.ts';

/** The acknowledgement that the suite gave in advance to a change of this series on this day; null when it was not expected. */
export function expectedBySuite({ case: c, metric }: Pick<Series, 'case' | 'metric'>, startedAt: string, expected: readonly ExpectedChange[], at: string): Acknowledgement | null {
  const day = startedAt.slice(0, 10);
  const found = expected.find(({ metric: wanted, from, until, why: _why, ...selector }) => matches(c, selector) && (wanted === undefined || wanted === metric) && from <= day && day <= until);
  return found === undefined ? null : { by: 'the suite', why: found.why, at, until: null };
}
