import * as z from 'zod';
import { EXPORT_SCHEMA_VERSION, type ExportExtra, type ExportLine } from '../domain/interchange.ts';
import type { Store } from '../store/store.ts';

/** The attempts of a run as lines, their samples where those are asked for and still kept. */
function* launchLines(store: Store, runId: string, withSamples: boolean): Iterable<ExportLine> {
  for (const { id, ...attempt } of store.attempts(runId)) {
    const samples = withSamples ? store.samples(id) : null;
    const numbers = (values: Float64Array | null | undefined): number[] | null => (values === null || values === undefined ? null : [...values]);
    yield { type: 'launch', attempt, samplesNs: numbers(samples?.samplesNs), completionsNs: numbers(samples?.completionsNs) };
  }
}

const notified = z.looseObject({ suite: z.looseObject({ watch: z.looseObject({ notify: z.array(z.looseObject({ url: z.string() })) }) }) });

/** A run's plan without webhooks that are written out: to know such a URL is to be let in. Those that name a variable of the environment stay. */
function withoutWebhooks(json: string): string {
  const outcome = notified.safeParse(JSON.parse(json));
  if (!outcome.success) return json;
  const { suite } = outcome.data;
  const notify = suite.watch.notify.filter(({ url }) => url.startsWith('env:'));
  return notify.length === suite.watch.notify.length ? json : JSON.stringify({ ...outcome.data, suite: { ...suite, watch: { ...suite.watch, notify } } });
}

/** A store as lines: runs that ended since a time, with cases, results and comparisons, their launches and samples where asked for, then the events. */
export function* exportLines(store: Store, since: string, now: Date, extras: ReadonlySet<ExportExtra> = new Set()): Iterable<ExportLine> {
  yield { type: 'paddock-export', schemaVersion: EXPORT_SCHEMA_VERSION, exportedAt: now.toISOString() };
  const incidents = Map.groupBy(store.events.incidentNights(), ({ runId }) => runId);
  for (const info of store.listRuns()) {
    if (info.status === 'running' || info.startedAt < since) continue;
    yield { type: 'run', info, suite: withoutWebhooks(store.runSuite(info.id)), devices: [...store.devices(info.id)], incidents: (incidents.get(info.id) ?? []).map(({ device, reason }) => ({ device, reason })) };
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
    let launches = 0;
    if (extras.size > 0) {
      for (const line of launchLines(store, info.id, extras.has('samples'))) {
        yield line;
        launches++;
      }
    }
    yield { type: 'end-of-run', id: info.id, cases, launches };
  }
  for (const event of store.events.list({ since })) yield { type: 'event', event };
}
