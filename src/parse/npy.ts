import { elementCount, DTYPES, type Dtype } from '../domain/tensor.ts';

/** The file is not a .npy array that Paddock can read; the message says why. */
export class NpyError extends Error {
  override readonly name = 'NpyError';
}

const DESCRIPTIONS: Readonly<Record<string, Dtype>> = {
  '<f4': 'float32', '<f8': 'float64', '<f2': 'float16', '|i1': 'int8', '|u1': 'uint8', '<i2': 'int16', '<u2': 'uint16',
  '<i4': 'int32', '<u4': 'uint32', '<i8': 'int64', '<u8': 'uint64', '|b1': 'bool',
};

export interface NpyArray { readonly dtype: Dtype; readonly shape: readonly number[]; readonly bytes: Uint8Array }

/** Reads NumPy's .npy format, versions 1 to 3, little-endian and C order only (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Throws NpyError. */
export function parseNpy(file: Uint8Array): NpyArray {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 10 || view.getUint8(0) !== 0x93 || Buffer.from(file.subarray(1, 6)).toString('latin1') !== 'NUMPY') throw new NpyError('it does not start with the magic word of a .npy file');
  const major = view.getUint8(6);
  if (major < 1 || major > 3) throw new NpyError(`version ${major} of the .npy format is not known`);
  const headerStart = major === 1 ? 10 : 12;
  if (file.length < headerStart) throw new NpyError('it is cut off inside the header');
  const dataStart = headerStart + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (file.length < dataStart) throw new NpyError('it is cut off inside the header');
  const header = Buffer.from(file.subarray(headerStart, dataStart)).toString('utf8');
  const description = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (description === undefined || shapeText === undefined) throw new NpyError('its header has no descr or no shape');
  if (/'fortran_order':\s*True/.test(header)) throw new NpyError('it is in Fortran order; save it with numpy.ascontiguousarray');
  const dtype = DESCRIPTIONS[description];
  if (dtype === undefined) throw new NpyError(`its dtype ${description} is not supported; supported: ${Object.keys(DESCRIPTIONS).join(' ')}`);
  const shape = shapeText.split(',').map((part) => part.trim()).filter((part) => part !== '').map(Number);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) throw new NpyError(`its shape (${shapeText}) can not be read`);
  const expected = elementCount(shape) * DTYPES[dtype];
  if (file.length - dataStart !== expected) throw new NpyError(`its data has ${file.length - dataStart} bytes where shape and dtype ask for ${expected}`);
  return { dtype, shape, bytes: file.subarray(dataStart) };
}
