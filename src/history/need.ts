import type { PlannedCase } from '../domain/plan.ts';
import { isOpen } from '../domain/event.ts';
import type { Store } from '../store/store.ts';

/**
 * The order in which a night that has no time for all should take its cases: those of open events first, then those that were never tried, then those whose last try is longest
 * ago. By tries, not by valid nights: a case that is invalid every night would be first for ever. Of those tried in one night, the ones come first that were not valid for the
 * longest (the budget may have cut one short); else the plan's order.
 */
export function byNeed(cases: readonly PlannedCase[], store: Store): readonly PlannedCase[] {
  const suspected = new Set(store.events.list().filter(isOpen).flatMap((event) => event.cases));
  const last = store.history.lastNights();
  const rank = ({ key }: PlannedCase): string => {
    const { tried = '', valid = '' } = last.get(key) ?? {};
    return suspected.has(key) ? '' : `1${tried} ${valid}`;
  };
  return cases.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.ordinal - b.ordinal));
}
