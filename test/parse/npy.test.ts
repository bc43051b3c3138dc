import { expect, test } from 'vitest';
import { DTYPES } from '../../src/domain/tensor.ts';
import { NpyError, parseNpy } from '../../src/parse/npy.ts';

function npy(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = `${header}\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([version, 0]), length, Buffer.from(text), data]);
}
const header = (descr: string, shape: string, order = 'False'): string => `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;

test.each<[descr: string, dtype: keyof typeof DTYPES]>([
  ['<f4', 'float32'], ['<f8', 'float64'], ['<f2', 'float16'], ['|i1', 'int8'], ['|u1', 'uint8'], ['<i2', 'int16'], ['<u2', 'uint16'], ['<i4', 'int32'], ['<u4', 'uint32'], ['<i8', 'int64'], ['<u8', 'uint64'], ['|b1', 'bool'],
])('%s is %s', (descr, dtype) => {
  const data = Uint8Array.from({ length: 6 * DTYPES[dtype] }, (_, i) => i);
  const array = parseNpy(npy(header(descr, '2, 3'), data));
  expect(array).toMatchObject({ dtype, shape: [2, 3] });
  expect([...array.bytes]).toEqual([...data]);
});

test('a scalar, one dimension, an empty array, and versions 2 and 3', () => {
  expect(parseNpy(npy(header('<f4', ''), new Uint8Array(4))).shape).toEqual([]);
  expect(parseNpy(npy(header('<f4', '3,'), new Uint8Array(12))).shape).toEqual([3]);
  expect(parseNpy(npy(header('<f4', '0, 3'), new Uint8Array(0))).shape).toEqual([0, 3]);
  for (const version of [2, 3]) expect(parseNpy(npy(header('|u1', '1,'), new Uint8Array(1), version)).shape).toEqual([1]);
});

test.each<[name: string, file: Uint8Array, message: RegExp]>([
  ['nothing', new Uint8Array(0), /magic word/],
  ['another format', Buffer.from('PK\u0003\u0004 an archive of arrays'), /magic word/],
  ['a later version', npy(header('<f4', '1,'), new Uint8Array(4), 4), /version 4/],
  ['a header cut off', npy(header('<f4', '1,'), new Uint8Array(0)).subarray(0, 20), /cut off/],
  ['data cut off', npy(header('<f4', '2,'), new Uint8Array(7)), /7 bytes where shape and dtype ask for 8/],
  ['too much data', npy(header('<f4', '2,'), new Uint8Array(9)), /9 bytes/],
  ['big-endian numbers', npy(header('>f4', '1,'), new Uint8Array(4)), /dtype >f4 is not supported/],
  ['Fortran order', npy(header('<f4', '2, 2', 'True'), new Uint8Array(16)), /Fortran order/],
  ['a shape that is none', npy(header('<f4', 'x,'), new Uint8Array(4)), /shape \(x,\) can not be read/],
  ['a negative shape', npy(header('<f4', '-1,'), new Uint8Array(4)), /can not be read/],
  ['no header', npy('{}', new Uint8Array(4)), /no descr or no shape/],
])('%s is refused with the reason', (_, file, message) => {
  expect(() => parseNpy(file)).toThrow(NpyError);
  expect(() => parseNpy(file)).toThrow(message);
});
