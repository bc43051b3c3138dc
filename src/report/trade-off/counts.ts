import type { CaseResult } from '../../domain/result.ts';

/** Reasons why a variant's quality figures themselves don't count: it has seen the test, or its answers don't come from its inputs. */
const DISCREDITS_QUALITY: ReadonlySet<string> = new Set(['calibrated-on-test', 'constant-output', 'beats-parent']);

/** Whether a metric of a case counts. The speed of a blocked case never does; its quality does where it is the reason why it is blocked, and its size always. */
export function counts({ verdict }: CaseResult, metric: string): boolean {
  if (verdict.status === 'ok' || metric === 'model_size') return true;
  return metric.startsWith('quality_') && !verdict.reasons.some(({ code }) => DISCREDITS_QUALITY.has(code));
}
