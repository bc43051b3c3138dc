import type { PlannedCase } from '../domain/plan.ts';
import { isOpen } from '../domain/event.ts';
import type { Store } from '../store/store.ts';

/** The order in which a night that has no time for all should take its cases: those of open events first, then those that were never valid, then those whose last valid night is longest ago; else the plan's. */
export function byNeed(cases: readonly PlannedCase[], store: Store): readonly PlannedCase[] {
  const suspected = new Set(store.events.list().filter(isOpen).flatMap((event) => event.cases));
  const last = store.history.lastValid();
  const rank = ({ key }: PlannedCase): string => (suspected.has(key) ? '' : `1${last.get(key) ?? ''}`);
  return cases.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.ordinal - b.ordinal));
}
