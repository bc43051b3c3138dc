/** NumPy's file format, version 1.0, of float32 in C order: what Paddock reads as input and calibration files. */
export function npyFile(shape: readonly number[], values: Float32Array): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`;
  // The header ends with a line break at a multiple of 64 bytes.
  const header = Buffer.from(`${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`);
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, header.length & 255, header.length >> 8]), header, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}
