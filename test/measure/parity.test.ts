import { expect, test } from 'vitest';
import type { Tensor } from '../../src/domain/tensor.ts';
import { PRECISIONS } from '../../src/domain/suite.ts';
import { compareOutputs, firstNotFinite, PARITY_BOUNDS } from '../../src/measure/parity.ts';

const tensor = (values: readonly number[], shape: readonly number[] = [1, values.length], name = 'y'): Tensor => ({ name, dtype: 'float32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) });
const compare = (actual: readonly Tensor[], expected: readonly Tensor[], precision: (typeof PRECISIONS)[number] = 'fp32') => compareOutputs([actual], [expected], precision, 'fp32 on cpu');
const parityOf = (...args: Parameters<typeof compare>) => {
  const outcome = compare(...args);
  if (outcome.kind !== 'compared') throw new Error(JSON.stringify(outcome));
  return outcome.parity;
};

test('equal outputs pass with no error', () => {
  expect(parityOf([tensor([1, -2, 3])], [tensor([1, -2, 3])])).toMatchObject({ maxAbsError: 0, maxRelError: 0, cosine: expect.closeTo(1, 12), passed: true, samples: 1 });
});

test('the relative error is that of the tensor\'s largest value, so that a value near zero does not explode it', () => {
  expect(parityOf([tensor([100, 0.01])], [tensor([100, 0])])).toMatchObject({ maxAbsError: expect.closeTo(0.01, 6), maxRelError: expect.closeTo(1e-4, 8), passed: true });
});

test.each(PRECISIONS)('%s: inside the bound passes, beyond it fails', (precision) => {
  const { maxRelError, minCosine } = PARITY_BOUNDS[precision];
  const reference = [1, 1, 1, 1];
  if (Number.isFinite(maxRelError)) {
    expect(parityOf([tensor(reference.map((x) => x * (1 + maxRelError * 0.9)))], [tensor(reference)], precision).passed).toBe(true);
    expect(parityOf([tensor(reference.map((x) => x * (1 + maxRelError * 1.1)))], [tensor(reference)], precision).passed).toBe(false);
  }
  const turned = (cosine: number) => tensor([cosine, Math.sqrt(1 - cosine ** 2)]);
  expect(parityOf([turned(minCosine - 0.001)], [tensor([1, 0])], precision).passed).toBe(false);
  if (!Number.isFinite(maxRelError)) expect(parityOf([turned(minCosine + 0.001)], [tensor([1, 0])], precision).passed).toBe(true);
});

test('NaN and infinities are not compared but named', () => {
  expect(compare([tensor([1, Number.NaN, Number.POSITIVE_INFINITY])], [tensor([1, 2, 3])])).toEqual({ kind: 'not-finite', output: 'y', count: 2 });
  expect(firstNotFinite([[tensor([1])], [tensor([1]), tensor([Number.NEGATIVE_INFINITY], [1], 'z')]])).toEqual({ output: 'z', count: 1 });
  expect(firstNotFinite([[tensor([1])]])).toBeNull();
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a reference of %f is named, as nothing can be compared with it', (bad) => {
  expect(compare([tensor([1, 2])], [tensor([1, bad])], 'int8')).toEqual({ kind: 'reference-not-finite', output: 'y', count: 1 });
});

test('another shape, a missing output or a missing sample is a mismatch', () => {
  expect(compare([tensor([1, 2], [2, 1])], [tensor([1, 2], [1, 2])])).toMatchObject({ kind: 'mismatch', message: expect.stringMatching(/\[2, 1\].*\[1, 2\]/) });
  expect(compare([], [tensor([1])])).toMatchObject({ kind: 'mismatch' });
  expect(compareOutputs([[tensor([1])]], [[tensor([1])], [tensor([1])]], 'fp32', 'r').kind).toBe('mismatch');
});

test('the worst sample and tensor count', () => {
  const outcome = compareOutputs([[tensor([1])], [tensor([1.5])]], [[tensor([1])], [tensor([1])]], 'fp32', 'r');
  expect(outcome).toMatchObject({ kind: 'compared', parity: { samples: 2, maxAbsError: 0.5, passed: false } });
});

test('a reference of zeros is only met by zeros', () => {
  expect(parityOf([tensor([0, 0])], [tensor([0, 0])]).passed).toBe(true);
  expect(parityOf([tensor([0, 1e-9])], [tensor([0, 0])], 'int4').passed).toBe(false);
});

test('top-1 agreement where rows are probabilities, and only there', () => {
  const reference = tensor([0.7, 0.3, 0.2, 0.8], [2, 2]);
  expect(parityOf([tensor([0.6, 0.4, 0.6, 0.4], [2, 2])], [reference], 'int8').top1Agreement).toBe(0.5);
  expect(parityOf([tensor([5, -3], [1, 2])], [tensor([5, -3], [1, 2])]).top1Agreement).toBeUndefined();
});

test('integers and half floats are compared by value', () => {
  const half = (bits: readonly number[]): Tensor => ({ name: 'y', dtype: 'float16', shape: [bits.length], bytes: new Uint8Array(Uint16Array.from(bits).buffer) });
  expect(parityOf([half([0x3c00, 0xc000, 0x0001])], [tensor([1, -2, 2 ** -24], [3])])).toMatchObject({ maxAbsError: 0 });
  const long = (values: readonly bigint[]): Tensor => ({ name: 'y', dtype: 'int64', shape: [values.length], bytes: new Uint8Array(BigInt64Array.from(values).buffer) });
  expect(parityOf([long([-5n, 7n])], [long([-5n, 7n])]).passed).toBe(true);
});
