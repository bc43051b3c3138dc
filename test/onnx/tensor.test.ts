import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { fromBfloat16Bits, fromFloat16Bits, toBfloat16Bits, toFloat16Bits } from '../../src/domain/half-float.ts';
import { DATA_TYPE } from '../../src/onnx/data-type.ts';
import { TensorSchema } from '../../src/onnx/schema.ts';
import { floatTensor, floatValues, integerTensor, integerValues, tensorBytes } from '../../src/onnx/tensor.ts';

test('every float16 comes back as it was, and numbers between go to the nearest, ties to even', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const number = fromFloat16Bits(bits);
    if (!Number.isNaN(number)) expect(toFloat16Bits(number)).toBe(bits);
  }
  expect(fromFloat16Bits(toFloat16Bits(65504))).toBe(65504);
  expect(fromFloat16Bits(toFloat16Bits(65519.9))).toBe(65504);
  expect(fromFloat16Bits(toFloat16Bits(65520))).toBe(Number.POSITIVE_INFINITY);
  expect(fromFloat16Bits(toFloat16Bits(2049))).toBe(2048);
  expect(fromFloat16Bits(toFloat16Bits(2051))).toBe(2052);
});

test('bfloat16 keeps the range of float32 and eight bits', () => {
  expect(fromBfloat16Bits(toBfloat16Bits(3e38))).toBeCloseTo(3e38, -37);
  expect(fromBfloat16Bits(toBfloat16Bits(1 + 2 ** -8))).toBe(1);
  expect(fromBfloat16Bits(toBfloat16Bits(1 + 3 * 2 ** -8))).toBe(1 + 2 ** -6);
  expect(toBfloat16Bits(Number.NaN)).toBe(0x7fc0);
});

test('data is read from typed fields and from raw bytes alike, at any offset', () => {
  const typed = create(TensorSchema, { dims: [2n, 2n], dataType: DATA_TYPE.float32, floatData: [1, -2, 0.5, 4] });
  const buffer = new Uint8Array(17);
  buffer.set(tensorBytes(typed) ?? [], 1);
  const raw = create(TensorSchema, { dims: [2n, 2n], dataType: DATA_TYPE.float32, rawData: buffer.subarray(1) });
  expect([...(floatValues(typed) ?? [])]).toEqual([1, -2, 0.5, 4]);
  expect(floatValues(raw)).toEqual(floatValues(typed));
  const halves = create(TensorSchema, { dims: [2n], dataType: DATA_TYPE.float16, int32Data: [0x3c00, 0xc000] });
  expect([...(floatValues(halves) ?? [])]).toEqual([1, -2]);
  expect(integerValues(integerTensor('', [2], BigInt64Array.of(-1n, 7n)))).toEqual([-1n, 7n]);
  expect([...(floatValues(floatTensor('', [1], [1 / 3], 'bfloat16')) ?? [])][0]).toBeCloseTo(1 / 3, 2);
});

test('a tensor whose bytes do not fit its shape is refused by name', () => {
  expect(() => tensorBytes(create(TensorSchema, { name: 'w', dims: [3n], dataType: DATA_TYPE.float32, rawData: new Uint8Array(8) }))).toThrow(/"w" has 8 bytes.*asks for 12/);
});
