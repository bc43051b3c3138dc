export interface MemoryReading {
  readonly bytes: number;
  readonly method: string;
}

/** The part of the Measure Memory API that is used (https://wicg.github.io/performance-measure-memory/). */
interface MeasuringPerformance {
  measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>;
}

/** It waits for a garbage collection, which the browser does when it likes. */
const PATIENCE_MS = 20_000;

function measures(timing: object): timing is MeasuringPerformance {
  return 'measureUserAgentSpecificMemory' in timing;
}

/** Memory of this page with its workers, in a window only. Null where the browser does not tell it, or not in time. */
export async function readMemory(): Promise<MemoryReading | null> {
  if (!crossOriginIsolated || !measures(performance)) return null;
  const late = new Promise<null>((resolve) => { setTimeout(resolve, PATIENCE_MS, null); });
  const told = await Promise.race([performance.measureUserAgentSpecificMemory(), late]);
  return told === null ? null : { bytes: told.bytes, method: 'measureUserAgentSpecificMemory' };
}
