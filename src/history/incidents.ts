import type { Series } from '../domain/series.ts';
import type { Store } from '../store/store.ts';

/** Why the device that a case ran on was not itself in a run; null where it was. */
export type IncidentOf = (series: Pick<Series, 'key' | 'case'>, runId: string) => string | null;

/** Marks are of units: those of a pool's or a profile's case are of the unit that took it that night. */
export function incidentsOf(store: Store): IncidentOf {
  const reasons = new Map(store.events.incidentNights().map(({ runId, device, reason }) => [`${runId}\n${device}`, reason]));
  const unitsOfCase = new Map<string, ReadonlyMap<string, string | undefined>>();
  const unitOf = (key: string, runId: string): string | undefined => {
    const units = unitsOfCase.get(key) ?? new Map(store.history.casePoints(key).map((point) => [point.runId, point.environment?.unit]));
    unitsOfCase.set(key, units);
    return units.get(runId);
  };
  return ({ key, case: { device } }, runId) => {
    if (reasons.size === 0) return null;
    const unit = device.includes(':') ? unitOf(key, runId) : device;
    return reasons.get(`${runId}\n${unit ?? device}`) ?? null;
  };
}
