import type { Label } from '../../domain/dataset.ts';
import type { QualityMetricId } from '../../domain/quality.ts';
import type { Tensor } from '../../domain/tensor.ts';
import type { Figure } from '../../stats/item-scores.ts';
import type { Answer } from '../answer.ts';
import { QualityError } from '../quality-error.ts';

/** One answered item. */
export interface AnsweredItem {
  readonly answer: Answer;
  readonly label: Label;
  /** The outputs before any step, and the reference model's for the same inputs where the metric compares with them. */
  readonly outputs: readonly Tensor[];
  readonly reference: readonly Tensor[] | null;
}

/** One quality figure: a file in this folder and a line in `registry.ts`. */
export interface QualityMetric {
  readonly id: QualityMetricId;
  /** How it is defined, for the `method` of results. */
  readonly method: string;
  /** `hit`: 0 or 1 an item, which McNemar's test and exact intervals take; `sums`: any numbers. */
  readonly scores: 'hit' | 'sums';
  readonly compares: 'label' | 'reference';
  /** What one item adds. Throws QualityError where answer or label are of the wrong kind. */
  readonly score: (item: AnsweredItem) => readonly number[];
  /** The figure from the sums, in the metric's unit. */
  readonly figure: Figure;
  /** How good a figure is: 0 is worthless, more is better. Losses are shares of it. */
  readonly goodness: (figure: number) => number;
}

/** The label's texts, any of which is right. Throws QualityError. */
export function textLabels(label: Label, metric: string): readonly string[] {
  const texts = [label].flat().filter((each) => typeof each === 'string');
  if (texts.length === 0) throw new QualityError('answer', `${metric} compares texts, and the label is ${JSON.stringify(label)}`);
  return texts;
}

/** The answer's text. Throws QualityError. */
export function answeredText(answer: Answer, metric: string): string {
  if (answer.kind === 'text') return answer.text;
  throw new QualityError('answer', `${metric} compares texts, and the last step of \`answer\` gives ${answer.kind}: end it with ctc-decode or detokenise`);
}

/** The label's class. Throws QualityError. */
export function classLabel(label: Label, metric: string): number {
  if (typeof label === 'number' && Number.isInteger(label)) return label;
  if (typeof label === 'string' && /^\d+$/.test(label)) return Number(label);
  throw new QualityError('answer', `${metric} needs the number of a class as label, not ${JSON.stringify(label)}`);
}

/** Sum over count, times a factor. */
export function ratioFigure(factor: number): Figure {
  return (sums, n) => (factor * (sums[0] ?? 0)) / n;
}
