import * as z from 'zod';
import { grid, gridOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

const oneOrEach = z.union([z.number(), z.array(z.number()).min(1).max(4096)]);

export const normalise = plainStep<Prepared, { mean: number | number[]; deviation: number | number[] }>({
  name: 'normalise', summary: 'Subtracts the mean and divides by the deviation, for all or for each channel (the last axis).',
  parameters: z.strictObject({ mean: oneOrEach.describe('one number, or one a channel'), deviation: oneOrEach.refine((value) => [value].flat().every((each) => each !== 0), 'a deviation of 0 can not be divided by') }),
  apply: (prepared, { mean, deviation }) => {
    const { shape, values } = gridOf(prepared, 'normalise');
    const channels = shape.at(-1) ?? 1;
    const means = [mean].flat();
    const deviations = [deviation].flat();
    for (const list of [means, deviations]) if (list.length !== 1 && list.length !== channels) throw new QualityError('step', `step normalise has ${list.length} numbers for ${channels} channels`);
    const pick = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i % channels] ?? 0;
    return grid(shape, values.map((value, i) => (value - pick(means, i)) / pick(deviations, i)));
  },
});
