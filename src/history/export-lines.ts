import { EXPORT_SCHEMA_VERSION, type ExportLine } from '../domain/interchange.ts';
import type { Store } from '../store/store.ts';

/** Everything of a store but launches and their samples, as lines: runs that ended since a time, with cases, results and comparisons, then the events. */
export function* exportLines(store: Store, since: string, now: Date): Iterable<ExportLine> {
  yield { type: 'paddock-export', schemaVersion: EXPORT_SCHEMA_VERSION, exportedAt: now.toISOString() };
  for (const info of store.listRuns()) {
    if (info.status === 'running' || info.startedAt < since) continue;
    yield { type: 'run', info, suite: store.runSuite(info.id), devices: [...store.devices(info.id)] };
    let cases = 0;
    const results = store.results(info.id)[Symbol.iterator]();
    let next = results.next();
    for (const planned of store.plannedCases(info.id)) {
      const result = next.done !== true && next.value.key === planned.key ? next.value : null;
      if (result !== null) next = results.next();
      yield { type: 'case', planned: { ...planned, verdict: planned.verdict === null ? null : { ...planned.verdict, reasons: [...planned.verdict.reasons] } }, result };
      cases++;
    }
    yield { type: 'comparisons', comparisons: [...store.comparisons(info.id)] };
    yield { type: 'end-of-run', id: info.id, cases };
  }
  for (const event of store.events.list({ since })) yield { type: 'event', event };
}
