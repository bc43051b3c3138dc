import { METRICS, type Metric } from '../../domain/metric.ts';
import type { CaseResult } from '../../domain/result.ts';
import type { Constraint } from '../../domain/trade-off.ts';
import { NUMBER_FORMAT } from '../number.ts';

/** `kept` and `broken` are decided by the value; `doubtful` says that the interval reaches across the bound. */
export interface BoundVerdict {
  readonly constraint: Constraint;
  readonly state: 'kept' | 'broken' | 'unknown';
  readonly doubtful: 'yes' | 'no';
  /** Why it is not kept, or not surely; empty where it surely is. */
  readonly words: string;
}

/** `quality_loss <= 1 %`, as a person reads it. */
export function boundText({ metric, sense, bound }: Constraint): string {
  return `${METRICS[metric].label.toLowerCase()} ${sense === '<=' ? '≤' : '≥'} ${NUMBER_FORMAT.withUnit(String(bound), METRICS[metric].unit)}`;
}

function within(value: number, { sense, bound }: Constraint): boolean {
  return sense === '<=' ? value <= bound : value >= bound;
}

/** `2.3 % (0.4 to 3.1 %)` */
export function withInterval(metric: Metric): string {
  const value = NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(metric), metric.unit);
  return metric.low === null || metric.high === null || metric.low === metric.high ? value : `${value} (${NUMBER_FORMAT.interval(metric, metric.unit)})`;
}

/** How a case stands to one bound. */
export function judgeBound(result: CaseResult, constraint: Constraint): BoundVerdict {
  const metric = result.metrics[constraint.metric];
  const { label } = METRICS[constraint.metric];
  if (metric === undefined) return { constraint, state: 'unknown', doubtful: 'no', words: `its ${label.toLowerCase()} is not known (${result.absent[constraint.metric] ?? 'it was not measured'})` };
  const kept = within(metric.value, constraint);
  const sides = [metric.low ?? metric.value, metric.high ?? metric.value].map((side) => within(side, constraint));
  const doubtful = sides.every((side) => side === kept) ? 'no' : 'yes';
  const figure = `${label.toLowerCase()} ${withInterval(metric)}`;
  if (kept) return { constraint, state: 'kept', doubtful, words: doubtful === 'yes' ? `${figure} is within ${boundText(constraint)} only by its value: the interval reaches beyond` : '' };
  return { constraint, state: 'broken', doubtful, words: `${figure} breaks the bound ${boundText(constraint)}${doubtful === 'yes' ? ', though the interval reaches inside' : ''}` };
}
