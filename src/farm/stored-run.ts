import type { RunReport } from '../domain/run-report.ts';
import type { Store } from '../store/store.ts';
import { launchTraces } from './launch-traces.ts';
import { modelFacts } from './model-facts.ts';
import { readRunSpec } from './run-spec.ts';

/** A run as reports see it, read from the store alone. */
export function storedRunReport(store: Store, runId: string): RunReport {
  const run = store.run(runId);
  if (run === null) throw new Error(`the store has no run ${runId}`);
  const spec = readRunSpec(store.runSuite(runId), runId);
  const { description, tradeOff } = spec.suite;
  return {
    run,
    description: description ?? null,
    models: modelFacts(spec),
    shipRule: tradeOff === undefined ? null : { constraints: tradeOff.constraints, objective: tradeOff.objective ?? null },
    devices: store.devices(runId),
    resultCount: store.resultCount(runId),
    comparisons: store.comparisons(runId),
    results: () => store.results(runId),
    traces: (key) => launchTraces(store, runId, key),
  };
}
