import type { Case } from '../domain/case.ts';

/**
 * Names the cases that may be set against each other: one model, workload, scenario and device; for a latency also one batch, because a
 * call with eight samples takes longer than one with one. Precision, runtime, delegate and threads are what a reader chooses among.
 */
export function comparableGroup(c: Case): string {
  const batch = c.scenario === 'offline' ? null : c.options.batch;
  return JSON.stringify([c.model, c.workload, c.scenario, c.device, batch]);
}
