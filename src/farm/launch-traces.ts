import type { LaunchTrace } from '../domain/run-report.ts';
import type { Store } from '../store/store.ts';

/** The raw courses of a case's launches in a run, in order of block and attempt; those without samples left out. */
export function launchTraces(store: Store, runId: string, key: string): readonly LaunchTrace[] {
  return store.attemptsOf(runId, 'measure', key).flatMap((attempt): LaunchTrace[] => {
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
  });
}
