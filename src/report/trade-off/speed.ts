import type { CaseResult, Comparison } from '../../domain/result.ts';
import { headlineMetric } from '../headline-metric.ts';
import { NUMBER_FORMAT } from '../number.ts';

/** Whether a variant was faster than the reference, where the two were compared. */
export interface SpeedVerdict {
  readonly outcome: 'faster' | 'slower' | 'equivalent' | 'undecided' | 'blocked';
  /** How many times as fast, with its interval; null where it is not told. */
  readonly factor: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly words: string;
}

const OUTCOMES = { improved: 'faster', regressed: 'slower', equivalent: 'equivalent', noisy: 'undecided', incomparable: 'blocked' } as const;

function times(factor: number): string {
  return NUMBER_FORMAT.plain(factor, 3);
}

/** Reads the comparison of a case with that of the reference variant, which is named; null where there is none. `comparisons` of the run by head. */
export function speedOf(result: CaseResult, reference: string, comparisons: readonly Comparison[]): SpeedVerdict | null {
  const metric = headlineMetric(result);
  const found = comparisons.find((comparison) => comparison.head === result.key && comparison.metric === metric) ?? comparisons.find((comparison) => comparison.head === result.key && comparison.outcome === 'incomparable');
  if (found === undefined) return null;
  const outcome = OUTCOMES[found.outcome];
  if (outcome === 'blocked' || found.ratio === null) {
    const [reason] = result.verdict.reasons;
    return { outcome: 'blocked', factor: null, low: null, high: null, words: `its speed is not told: ${result.verdict.status === 'ok' || reason === undefined ? found.reason : reason.message}` };
  }
  // A latency's ratio turned round is a speed's.
  const turn = (value: number): number => (metric === 'sps' ? value : 1 / value);
  const ends = found.low === null || found.high === null ? null : [turn(found.low), turn(found.high)].sort((a, b) => a - b);
  const [low = null, high = null] = ends ?? [];
  const factor = turn(found.ratio);
  const interval = low === null || high === null ? '' : ` (${times(low)} to ${times(high)})`;
  const words = {
    faster: `${times(factor)} times as fast as ${reference}${interval}`, slower: `slower than ${reference}: ${times(factor)} times as fast${interval}`,
    equivalent: `neither faster nor slower than ${reference}: ${times(factor)} times as fast${interval}`, undecided: `not shown to be faster or slower than ${reference}: ${times(factor)} times as fast${interval}, and ${found.reason}`,
  }[outcome];
  return { outcome, factor, low, high, words };
}
