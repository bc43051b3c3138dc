/** Numbers in the order measured, or replicates in any order: an array or a typed array. */
export type Sample = ArrayLike<number>;

/** The numbers given can't answer the question asked. */
export class SampleError extends Error {
  override readonly name = 'SampleError';
  /** Position of the offending number, null when it is their count. */
  readonly index: number | null;

  constructor(message: string, index: number | null = null) {
    super(message);
    this.index = index;
  }
}

/** A Float64Array copy. @throws SampleError on NaN or an infinity: a wrong number would spread silently into every rank and mean. */
export function copyOf(values: Sample): Float64Array {
  const copy = Float64Array.from(values);
  for (let i = 0; i < copy.length; i++) {
    if (!Number.isFinite(copy[i])) throw new SampleError(`value ${i} of ${copy.length} is ${String(copy[i])}: statistics need finite numbers, so drop or mend it first`, i);
  }
  return copy;
}

/** An ascending copy. @throws SampleError on NaN or an infinity. */
export function sorted(values: Sample): Float64Array {
  return copyOf(values).sort();
}

/** Natural logarithms, so that differences are ratios. @throws SampleError unless every value is finite and above 0. */
export function logs(values: Sample): Float64Array {
  const copy = copyOf(values);
  for (let i = 0; i < copy.length; i++) {
    const value = copy[i] ?? 0;
    if (value <= 0) throw new SampleError(`value ${i} of ${copy.length} is ${value}: only positive values have a ratio`, i);
    copy[i] = Math.log(value);
  }
  return copy;
}
