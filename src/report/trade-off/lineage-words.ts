import type { CaseResult } from '../../domain/result.ts';
import type { LineageFacts } from '../../domain/run-report.ts';
import { NUMBER_FORMAT } from '../number.ts';
import type { SpeedVerdict } from './speed.ts';

/** A file within this share of its parent's is about as large. */
const ABOUT = 0.05;

function sizeWords({ bytes, parentBytes }: LineageFacts): string {
  const ratio = bytes / parentBytes;
  if (Math.abs(ratio - 1) <= ABOUT) return 'about as large as its parent';
  return ratio < 1 ? `${NUMBER_FORMAT.share(1 - ratio)} smaller than its parent` : `${NUMBER_FORMAT.share(ratio - 1)} larger than its parent`;
}

/** Plainly: what a recipe changed, and whether that made the model faster where it was measured. A smaller file is not a faster one. */
export function lineageWords(lineage: LineageFacts, speed: SpeedVerdict | null, { case: { delegate } }: CaseResult): string {
  const zeros = lineage.sparsity === null || lineage.sparsity < (lineage.parentSparsity ?? 0) + 0.01 ? '' : `, ${NUMBER_FORMAT.share(lineage.sparsity)} of its weights are zero`;
  const size = `${sizeWords(lineage)}${zeros}`;
  const text = size.charAt(0).toUpperCase() + size.slice(1);
  if (speed === null) return `${text}; it was not compared with the reference.`;
  if (speed.outcome === 'faster') return `${text}, and faster on ${delegate}: ${speed.words}.`;
  if (speed.outcome === 'blocked') return `${text}; ${speed.words}.`;
  const only = lineage.bytes < lineage.parentBytes * (1 - ABOUT) ? 'that saves space and no time' : 'that saves neither space nor time';
  return speed.outcome === 'undecided' ? `${text}; on ${delegate} ${speed.words}.` : `${text}; on ${delegate} ${only}: ${speed.words}.`;
}
