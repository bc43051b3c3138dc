import * as z from 'zod';
import { DTYPES, elementCount } from '../../domain/tensor.ts';
import { toNumbers } from '../../measure/tensor-values.ts';
import { NpyError, parseNpy } from '../../parse/npy.ts';
import { bytesOf, grid, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** With an item's `index`, its entry along the first axis. */
export const npy = plainStep<Prepared, Record<string, never>>({
  name: 'npy', summary: 'Reads an array of NumPy\'s .npy format.',
  parameters: z.strictObject({}),
  apply: (value) => {
    const { bytes, source } = bytesOf(value, 'npy');
    try {
      const { dtype, shape, bytes: data } = parseNpy(bytes);
      if (source.index === null) return grid(shape, toNumbers({ name: source.where, dtype, shape, bytes: data }));
      const [count = 0, ...rest] = shape;
      if (source.index >= count) throw new QualityError('data', `${source.where}: index ${source.index} lies beyond the ${count} entries of the file`);
      const size = elementCount(rest) * DTYPES[dtype];
      return grid(rest, toNumbers({ name: source.where, dtype, shape: rest, bytes: data.subarray(source.index * size, (source.index + 1) * size) }));
    } catch (error) {
      if (error instanceof NpyError) throw new QualityError('data', `${source.where}: the file can not be read as .npy: ${error.message}`, { cause: error });
      throw error;
    }
  },
});
