import type { Store, StoredAttempt } from '../../src/store/store.ts';
import type { CaseResult } from '../../src/domain/result.ts';

/** Cases whose launches are stored with their samples, for the charts; beyond, rows are what grows. */
const CASES_WITH_LAUNCHES = 100;

function renamed(result: CaseResult, ordinal: number): CaseResult {
  const model = `${result.case.model}-${Math.floor(ordinal / 8)}`;
  const variant = `${result.case.variant}-${ordinal % 8}`;
  const key = result.key.replace(`${result.case.model}/${result.case.variant}/`, `${model}/${variant}/`);
  // Every number is another one, so that nothing is cheaper than in a real run for being the same.
  const factor = 1 + (ordinal % 997) / 1000;
  const metrics = Object.fromEntries(Object.entries(result.metrics).map(([name, metric]) => [name, metric === undefined ? metric : { ...metric, value: metric.value * factor, low: metric.low === null ? null : metric.low * factor, high: metric.high === null ? null : metric.high * factor }]));
  return { ...result, key, case: { ...result.case, model, variant }, metrics };
}

/** Makes a run of `count` results from those of a real run in the same store, and gives its id. */
export function growRun(store: Store, fromRun: string, count: number): string {
  const info = store.run(fromRun);
  if (info === null) throw new Error(`no run ${fromRun}`);
  const real = [...store.results(fromRun)];
  const of = (ordinal: number): CaseResult => {
    const result = real[ordinal % real.length];
    if (result === undefined) throw new Error(`run ${fromRun} has no results`);
    return renamed(result, ordinal);
  };
  const runId = `${fromRun}-x${count}`;
  store.createRun({
    info: { ...info, id: runId, status: 'running' }, suite: store.runSuite(fromRun), devices: store.devices(fromRun),
    cases: Array.from({ length: count }, (_, ordinal) => ({ key: of(ordinal).key, ordinal, case: of(ordinal).case, verdict: null })),
  });
  store.putResults(runId, (function* rows() {
    for (let ordinal = 0; ordinal < count; ordinal++) yield { ordinal, result: of(ordinal) };
  })());
  let position = 0;
  for (let ordinal = 0; ordinal < Math.min(count, CASES_WITH_LAUNCHES); ordinal++) {
    for (const attempt of store.attemptsOf(fromRun, 'measure', real[ordinal % real.length]?.key ?? '')) copyAttempt(store, attempt, { runId, subject: of(ordinal).key, position: position++ });
  }
  store.finishRun(runId, 'done', info.endedAt ?? info.startedAt);
  return runId;
}

function copyAttempt(store: Store, attempt: StoredAttempt, to: { readonly runId: string; readonly subject: string; readonly position: number }): void {
  const samples = store.samples(attempt.id);
  store.addAttempt({ ...attempt, ...to, samplesNs: samples?.samplesNs ?? null, completionsNs: samples?.completionsNs ?? null });
}
