import type { RunReport, LaunchTrace } from '../domain/run-report.ts';
import type { Store } from '../store/store.ts';
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
    traces: (key) => store.attemptsOf(runId, 'measure', key).flatMap((attempt): LaunchTrace[] => {
      const samples = store.samples(attempt.id);
      if (samples === null || attempt.kind !== 'measure') return [];
      const { samplesNs, completionsNs } = samples;
      const { batches, warmupSamples, conditions } = attempt.record;
      const originNs = batches[0]?.startNs ?? 0;
      const startsNs = new Float64Array(samplesNs.length);
      for (const batch of batches) {
        let at = batch.startNs - originNs;
        for (let i = batch.offset; i < batch.offset + batch.count; i++) {
          const latency = samplesNs[i] ?? 0;
          const completion = completionsNs?.[i];
          startsNs[i] = completion === undefined ? at : batch.startNs - originNs + completion - latency;
          at += latency;
        }
      }
      return [{ block: attempt.block, attempt: attempt.attempt, latenciesNs: samplesNs, startsNs, warmupSamples, conditions: conditions.map((sample) => ({ ...sample, timeNs: sample.timeNs - originNs })) }];
    }),
  };
}
