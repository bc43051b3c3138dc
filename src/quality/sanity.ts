import type { QualityItem } from '../domain/quality-record.ts';
import type { Reason } from '../domain/verdict.ts';

/** Fewer equal answers can be chance. */
const MIN_ANSWERS = 10;

/** Outputs, or answers, that don't change with the input: a broken model can still be right now and then. */
export function constantAnswers(items: readonly QualityItem[]): Reason | null {
  const inputs = new Set(items.map((item) => item.inputs.join()));
  if (inputs.size < 2) return null;
  if (new Set(items.map((item) => item.outputs)).size === 1) return { code: 'constant-output', message: `the outputs are the same for all ${inputs.size} different inputs` };
  const missed = items.find((item) => item.miss !== null)?.miss;
  const sameAnswer = items.length >= MIN_ANSWERS && new Set(items.map((item) => item.answer)).size === 1 && missed !== undefined;
  return sameAnswer ? { code: 'constant-output', message: `the answer is the same for all ${items.length} items ("${missed?.answer ?? ''}")` } : null;
}

/** Items that the variant was calibrated with: it has seen the test. */
export function seenBefore(items: readonly QualityItem[]): Reason | null {
  const seen = items.filter((item) => item.seen).length;
  return seen === 0 ? null : { code: 'calibrated-on-test', message: `${seen} of the ${items.length} test items are among the inputs that it was calibrated with; calibrate with others` };
}
