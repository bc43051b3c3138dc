/** `TensorProto.DataType` of the ONNX IR specification. */
export const DATA_TYPE = {
  float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, string: 8, bool: 9, float16: 10, float64: 11, uint32: 12, uint64: 13, complex64: 14, complex128: 15, bfloat16: 16,
  float8e4m3fn: 17, float8e4m3fnuz: 18, float8e5m2: 19, float8e5m2fnuz: 20, uint4: 21, int4: 22, float4e2m1: 23,
} as const;
export type DataTypeName = keyof typeof DATA_TYPE;

const NAMES = new Map(Object.entries(DATA_TYPE).map(([name, number]) => [number as number, name as DataTypeName]));
/** Bits of an element; what is not here has no fixed size. */
const BITS: Readonly<Partial<Record<DataTypeName, number>>> = {
  float32: 32, uint8: 8, int8: 8, uint16: 16, int16: 16, int32: 32, int64: 64, bool: 8, float16: 16, float64: 64, uint32: 32, uint64: 64, complex64: 64, complex128: 128, bfloat16: 16,
  float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8, uint4: 4, int4: 4, float4e2m1: 4,
};

export function dataTypeName(dataType: number): DataTypeName | `type ${number}` {
  return NAMES.get(dataType) ?? `type ${dataType}`;
}

/** Bytes of a tensor of this type; null for strings and types that are not known. */
export function bytesOf(dataType: number, elements: number): number | null {
  const name = NAMES.get(dataType);
  const bits = name === undefined ? undefined : BITS[name];
  return bits === undefined ? null : Math.ceil(elements * bits / 8);
}
