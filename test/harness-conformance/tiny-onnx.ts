/** ONNX files of one node, written by hand (protobuf wire format; field numbers of onnx.proto), so that every dtype can be tried without a model of it. */
const field = (number: number, bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(varint((number << 3) | 2)), Buffer.from(varint(bytes.length)), bytes]);
const whole = (number: number, value: number): Uint8Array => Buffer.from([...varint(number << 3), ...varint(value)]);
const text = (number: number, value: string): Uint8Array => field(number, Buffer.from(value));

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function valueInfo(name: string, type: number, shape: readonly number[]): Uint8Array {
  const dimensions = shape.map((size) => field(1, whole(1, size)));
  const tensor = Buffer.concat([whole(1, type), field(2, Buffer.concat(dimensions))]);
  return Buffer.concat([text(1, name), field(2, field(1, tensor))]);
}

/** A model that gives its input `x` back as `y`. `type` is a TensorProto.DataType; `weightBytes`: of a weight that nothing uses. */
export function identityModel(type: number, shape: readonly number[], weightBytes = 0): Uint8Array {
  const node = Buffer.concat([text(1, 'x'), text(2, 'y'), text(3, 'same'), text(4, 'Identity')]);
  const weight = weightBytes === 0 ? [] : [field(5, Buffer.concat([whole(1, weightBytes), whole(2, 2), text(8, 'w'), field(9, new Uint8Array(weightBytes))]))];
  const graph = Buffer.concat([field(1, node), text(2, 'tiny'), ...weight, field(11, valueInfo('x', type, shape)), field(12, valueInfo('y', type, shape))]);
  return Buffer.concat([whole(1, 9), field(7, graph), field(8, whole(2, 19))]);
}
