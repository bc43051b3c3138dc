import { makeRunId } from '../../src/domain/ids.ts';
import type { PlannedCase } from '../../src/domain/plan.ts';
import type { CaseResult, RunInfo } from '../../src/domain/result.ts';
import type { Store } from '../../src/store/store.ts';
import { EXAMPLE_DEVICE, exampleResult, exampleRun } from './example.ts';

const FIRST_NIGHT_MS = Date.parse('2026-01-01T02:00:00.000Z');

/** Run id of a night, from 0. */
export function nightId(night: number): string {
  return makeRunId(new Date(FIRST_NIGHT_MS + night * 86_400_000), night);
}

export function nightTime(night: number): string {
  return new Date(FIRST_NIGHT_MS + night * 86_400_000).toISOString();
}

/** Stores one finished night; `result` gives the row of a case, null where the night did not plan it. */
export function addNight(store: Store, night: number, cases: readonly PlannedCase[], result: (planned: PlannedCase) => CaseResult | null, info: Partial<RunInfo> = {}, suite = '{}'): string {
  const id = info.id ?? nightId(night);
  const rows = cases.flatMap((planned) => {
    const row = result(planned);
    return row === null ? [] : [{ planned, row }];
  }).map(({ planned, row }, ordinal) => ({ planned: { ...planned, ordinal }, row }));
  store.createRun({ info: { ...exampleRun(id), startedAt: nightTime(night), ...info }, suite, devices: [EXAMPLE_DEVICE], cases: rows.map(({ planned }) => planned) });
  store.putResults(id, rows.map(({ planned, row }) => ({ ordinal: planned.ordinal, result: row })));
  store.finishRun(id, 'done', nightTime(night));
  return id;
}

/** A row with this value of latency_p50 and nothing else. */
export function rowWith(planned: PlannedCase, latencyMs: number): CaseResult {
  const row = exampleResult(planned);
  return { ...row, metrics: { latency_p50: { value: latencyMs, low: latencyMs * 0.99, high: latencyMs * 1.01, n: 3, unit: 'ms', method: 'm' } } };
}
