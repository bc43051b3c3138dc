import { ENVIRONMENT_FIELDS, environmentChanges, type Environment, type EnvironmentChange } from '../domain/environment.ts';
import type { CasePoint } from '../domain/series.ts';

/** The part of what changed that Paddock can put back: files and options, and by holding the harness on them, the cores that it may use. */
export function softwareChanges(from: Environment, to: Environment): readonly EnvironmentChange[] {
  return environmentChanges(from, to).filter(({ field }) => ['software', 'setting'].includes(ENVIRONMENT_FIELDS[field].side));
}

/** A night with valid numbers, and the software that it had. */
export interface SoftwareNight {
  readonly runId: string;
  readonly environment: Environment;
}

/** The nights from `from` to `to` (run ids) at which a case's software was another than on the valid night before; the first and the last software are always there. */
export function softwareNights(points: readonly CasePoint[], from: string, to: string): readonly SoftwareNight[] {
  const first = points.findIndex((point) => point.runId === from);
  const last = points.findIndex((point) => point.runId === to);
  if (first < 0 || last < first) return [];
  const nights: SoftwareNight[] = [];
  for (const { runId, state, environment } of points.slice(first, last + 1)) {
    if (state !== 'ok' || environment === null) continue;
    const before = nights.at(-1);
    if (before === undefined || softwareChanges(before.environment, environment).length > 0) nights.push({ runId, environment });
  }
  return nights;
}
