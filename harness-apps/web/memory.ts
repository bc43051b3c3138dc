import { messageOf } from '../protocol/refusal.ts';

export interface MemoryReading {
  readonly bytes: number;
  readonly method: string;
}

/** Why there is none, in words. */
export interface MemoryAbsence {
  readonly absent: string;
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

/** Memory of this page with its workers, in a window only. */
export async function readMemory(): Promise<MemoryReading | MemoryAbsence> {
  const { crossOriginIsolated: isIsolated } = globalThis as { readonly crossOriginIsolated?: boolean };
  if (isIsolated !== true) return { absent: 'only a cross-origin isolated page (one from loopback) is told its memory' };
  if (!measures(performance)) return { absent: 'this browser does not tell a page its memory' };
  const late = new Promise<null>((resolve) => { setTimeout(resolve, PATIENCE_MS, null); });
  try {
    const told = await Promise.race([performance.measureUserAgentSpecificMemory(), late]);
    return told === null ? { absent: `the browser did not tell the page's memory within ${PATIENCE_MS / 1000} s` } : { bytes: told.bytes, method: 'measureUserAgentSpecificMemory' };
  } catch (error) {
    return { absent: `the browser refuses to tell the page's memory: ${messageOf(error)}` };
  }
}
