import type { Sample } from './sample.ts';
import { studentCdf } from './student.ts';
import { mean, sampleSd } from './summary.ts';

function upperTail(excess: number, standardError: number, df: number): number {
  if (standardError === 0) return excess > 0 ? 0 : 1;
  return 1 - studentCdf(excess / standardError, df);
}

/**
 * p of "the change is no larger than the margin" from paired differences (logs), by Student's t on the larger side. For correcting many
 * comparisons: ranks of six pairs can't go below .03, so they can't say which of forty comparisons stand out. 1 below two pairs.
 */
export function pairedMaterialP(differences: Sample, margin: number): number {
  const n = differences.length;
  if (n < 2) return 1;
  return upperTail(Math.abs(mean(differences)) - margin, sampleSd(differences) / Math.sqrt(n), n - 1);
}

/** The same for two sides that are not paired, by Welch's t (1947). 1 with fewer than two values a side. */
export function unpairedMaterialP(base: Sample, head: Sample, margin: number): number {
  if (base.length < 2 || head.length < 2) return 1;
  const a = sampleSd(base) ** 2 / base.length;
  const b = sampleSd(head) ** 2 / head.length;
  const df = a + b === 0 ? base.length + head.length - 2 : (a + b) ** 2 / (a ** 2 / (base.length - 1) + b ** 2 / (head.length - 1));
  return upperTail(Math.abs(mean(head) - mean(base)) - margin, Math.sqrt(a + b), df);
}
