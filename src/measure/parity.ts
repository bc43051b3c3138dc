import type { Precision } from '../domain/suite.ts';
import type { Tensor } from '../domain/tensor.ts';
import type { Parity } from '../domain/result.ts';
import { toNumbers } from './tensor-values.ts';

interface ParityBound { readonly maxRelError: number; readonly minCosine: number }

/**
 * What a variant's outputs may differ from the fp32 CPU reference. fp32: other kernels sum in another order, seen up to 1e-4 relative between
 * x64 and arm64. fp16 and bf16: their 11 and 8 significant bits over a deep graph. Integer variants are approximations by design: the bound
 * catches a broken one (cosine .98 and .9); how good it is, is a quality metric's business, not parity's.
 */
export const PARITY_BOUNDS: Readonly<Record<Precision, ParityBound>> = {
  fp32: { maxRelError: 1e-3, minCosine: 0.9999 },
  fp16: { maxRelError: 5e-2, minCosine: 0.999 },
  bf16: { maxRelError: 1e-1, minCosine: 0.99 },
  mixed: { maxRelError: 1e-1, minCosine: 0.99 },
  int8: { maxRelError: Number.POSITIVE_INFINITY, minCosine: 0.98 },
  int4: { maxRelError: Number.POSITIVE_INFINITY, minCosine: 0.9 },
};

/** Rows of scores have at least this many classes to be ranked. */
const MIN_CLASSES = 2;

/** Share of rows whose largest element is at the same place, where the reference's rows are probabilities; else null. */
function top1(actual: Float64Array, expected: Float64Array, shape: readonly number[]): number | null {
  const classes = shape.at(-1) ?? 0;
  if (shape.length < 2 || classes < MIN_CLASSES || expected.length === 0) return null;
  let agreed = 0;
  const rows = expected.length / classes;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    let bestActual = 0;
    let bestExpected = 0;
    const start = row * classes;
    for (let i = 0; i < classes; i++) {
      const e = expected[start + i] ?? 0;
      if (e < 0) return null;
      sum += e;
      if (e > (expected[start + bestExpected] ?? 0)) bestExpected = i;
      if ((actual[start + i] ?? 0) > (actual[start + bestActual] ?? 0)) bestActual = i;
    }
    if (Math.abs(sum - 1) > 1e-3) return null;
    if (bestActual === bestExpected) agreed++;
  }
  return agreed / rows;
}

export type ParityOutcome =
  | { readonly kind: 'compared'; readonly parity: Parity }
  /** NaN or Inf in the outputs. */
  | { readonly kind: 'not-finite'; readonly output: string; readonly count: number }
  /** NaN or Inf in the reference's outputs: there is nothing to compare with. */
  | { readonly kind: 'reference-not-finite'; readonly output: string; readonly count: number }
  /** Another number of outputs, or another shape. */
  | { readonly kind: 'mismatch'; readonly message: string };

/** Compares the outputs of several input samples with the reference's, tensor by tensor, by their names; the worst counts. `names`: where a converter may have given others, outputs of other names are taken in their order, which `reference` then says. */
export function compareOutputs(actual: readonly (readonly Tensor[])[], expected: readonly (readonly Tensor[])[], precision: Precision, reference: string, names: 'kept' | 'may-differ' = 'kept'): ParityOutcome {
  const broken = firstNotFinite(expected);
  if (broken !== null) return { kind: 'reference-not-finite', ...broken };
  const worst = { maxAbsError: 0, maxRelError: 0, cosine: 1 };
  let agreement: number | null = null;
  const inOrder = names === 'may-differ' && isRenamed(actual[0] ?? [], expected[0] ?? []);
  for (const [sample, tensors] of expected.entries()) {
    for (const [index, want] of tensors.entries()) {
      const got = inOrder ? actual[sample]?.[index] : actual[sample]?.find((tensor) => tensor.name === want.name);
      if (got === undefined) return { kind: 'mismatch', message: `the output "${want.name}" of the reference is missing` };
      if (got.shape.join() !== want.shape.join()) return { kind: 'mismatch', message: `output "${want.name}" has shape [${got.shape.join(', ')}], the reference's has [${want.shape.join(', ')}]` };
      const a = toNumbers(got);
      const b = toNumbers(want);
      let bad = 0;
      let dot = 0;
      let normA = 0;
      let normB = 0;
      let maxAbs = 0;
      let scale = 0;
      for (let i = 0; i < b.length; i++) {
        const x = a[i] ?? Number.NaN;
        const y = b[i] ?? Number.NaN;
        if (!Number.isFinite(x)) bad++;
        dot += x * y;
        normA += x * x;
        normB += y * y;
        maxAbs = Math.max(maxAbs, Math.abs(x - y));
        scale = Math.max(scale, Math.abs(y));
      }
      if (bad > 0) return { kind: 'not-finite', output: want.name, count: bad };
      const cosine = normA === 0 && normB === 0 ? 1 : normA === 0 || normB === 0 ? 0 : dot / Math.sqrt(normA * normB);
      worst.maxAbsError = Math.max(worst.maxAbsError, maxAbs);
      worst.maxRelError = Math.max(worst.maxRelError, maxAbs === 0 ? 0 : scale === 0 ? Number.MAX_VALUE : maxAbs / scale);
      worst.cosine = Math.min(worst.cosine, cosine);
      const rows = top1(a, b, want.shape);
      if (rows !== null) agreement = Math.min(agreement ?? 1, rows);
    }
  }
  const bound = PARITY_BOUNDS[precision];
  const relative = Number.isFinite(bound.maxRelError) ? `relative error ≤ ${bound.maxRelError}, ` : '';
  return {
    kind: 'compared',
    parity: {
      reference: inOrder ? `${reference}, outputs by their order` : reference, samples: expected.length, ...worst, ...(agreement === null ? {} : { top1Agreement: agreement }),
      bound: `${precision}: ${relative}cosine ≥ ${bound.minCosine}`,
      passed: worst.maxRelError <= bound.maxRelError && worst.cosine >= bound.minCosine,
    },
  };
}

/** As many outputs, of other names. */
function isRenamed(actual: readonly Tensor[], expected: readonly Tensor[]): boolean {
  return actual.length === expected.length && expected.some(({ name }) => actual.every((tensor) => tensor.name !== name));
}

/** The first output with NaN or Inf, or null. */
export function firstNotFinite(samples: readonly (readonly Tensor[])[]): { readonly output: string; readonly count: number } | null {
  for (const tensor of samples.flat()) {
    let count = 0;
    for (const value of toNumbers(tensor)) if (!Number.isFinite(value)) count++;
    if (count > 0) return { output: tensor.name, count };
  }
  return null;
}
