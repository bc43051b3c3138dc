import * as z from 'zod';
import { DTYPE_NAMES, DTYPES, elementCount, type Dtype } from '../../domain/tensor.ts';
import { toNumbers } from '../../measure/tensor-values.ts';
import { bytesOf, grid, type Prepared } from '../prepared.ts';
import { QualityError } from '../quality-error.ts';
import { plainStep } from '../step.ts';

/** `shape` is one item's; with an item's `index`, the file holds many one after another. */
export const raw = plainStep<Prepared, { dtype: Dtype; shape: number[] }>({
  name: 'raw', summary: 'Reads raw little-endian numbers of a given type and shape.',
  parameters: z.strictObject({ dtype: z.enum(DTYPE_NAMES), shape: z.array(z.int().positive()).max(8) }),
  apply: (value, { dtype, shape }) => {
    const { bytes, source } = bytesOf(value, 'raw');
    const size = elementCount(shape) * DTYPES[dtype];
    const start = (source.index ?? 0) * size;
    if (source.index === null ? bytes.length !== size : bytes.length < start + size) {
      throw new QualityError('data', `${source.where}: the file has ${bytes.length} bytes; [${shape.join(', ')}] of ${dtype}${source.index === null ? '' : ` at index ${source.index}`} asks for ${start + size}`);
    }
    return grid(shape, toNumbers({ name: source.where, dtype, shape, bytes: bytes.subarray(start, start + size) }));
  },
});
