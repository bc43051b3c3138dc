import * as z from 'zod';
import { elementCount } from '../../domain/tensor.ts';
import { grid, gridOf, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

export const reshape = plainStep<Prepared, { shape: number[] }>({
  name: 'reshape', summary: 'Gives the numbers another shape.',
  parameters: z.strictObject({ shape: z.array(z.int().min(-1)).min(1).max(8).refine((shape) => !shape.includes(0) && shape.filter((size) => size === -1).length <= 1, 'sizes above 0, of which one may be -1 (what is left)') }),
  apply: (prepared, settings) => {
    const { values, shape } = gridOf(prepared, 'reshape');
    const known = elementCount(settings.shape.filter((size) => size !== -1));
    const wanted = settings.shape.map((size) => (size === -1 ? values.length / known : size));
    if (elementCount(wanted) !== values.length || wanted.some((size) => !Number.isInteger(size))) throw new QualityError('step', `step reshape to [${settings.shape.join(', ')}] got shape [${shape.join(', ')}], which has ${values.length} numbers`);
    return grid(wanted, values);
  },
});
