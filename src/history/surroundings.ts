import { environmentChanges } from '../domain/environment.ts';
import type { DatedChange } from '../domain/event.ts';
import type { CasePoint } from '../domain/series.ts';

/** What changed around a case after `lastGood` up to `latest`, each change with the first run that had it. */
export function datedChanges(points: readonly CasePoint[], lastGood: string, latest: string): readonly DatedChange[] {
  const from = points.findIndex((point) => point.runId === lastGood);
  const to = points.findIndex((point) => point.runId === latest);
  if (from < 0 || to < from) return [];
  const changes: DatedChange[] = [];
  let before = points[from]?.environment ?? null;
  for (const { environment, runId } of points.slice(from + 1, to + 1)) {
    if (environment === null) continue;
    if (before !== null) changes.push(...environmentChanges(before, environment).map((change) => ({ ...change, runId })));
    before = environment;
  }
  return changes;
}
