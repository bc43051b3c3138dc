import type { MetricKind } from '../domain/metric.ts';
import type { ComparisonOutcome } from '../domain/result.ts';
import type { Shift } from './shift.ts';

/**
 * What a log ratio head/base with its interval says, given the share below which a change does not matter (0.03 for 3 %): `regressed` or
 * `improved` when the whole interval lies beyond it, `equivalent` when the whole interval lies inside, else `noisy`: more blocks are needed.
 * The margin is ±ln(1 + materiality), the same for a rise as for the fall that undoes it.
 */
export function judgeChange(shift: Pick<Shift, 'low' | 'high'>, materiality: number, better: MetricKind['better']): Exclude<ComparisonOutcome, 'incomparable'> {
  const { low, high } = shift;
  if (low === null || high === null) return 'noisy';
  const margin = Math.log1p(materiality);
  if (low > margin) return better === 'lower' ? 'regressed' : 'improved';
  if (high < -margin) return better === 'lower' ? 'improved' : 'regressed';
  return low >= -margin && high <= margin ? 'equivalent' : 'noisy';
}
