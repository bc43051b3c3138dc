/** ONNX files of one node, written by hand (protobuf wire format; field numbers of onnx.proto), so that every dtype and operator can be tried without a trained model. */
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
  const node = nodeOf('Identity', ['x']);
  const weight = weightBytes === 0 ? [] : [field(5, Buffer.concat([whole(1, weightBytes), whole(2, 2), text(8, 'w'), field(9, new Uint8Array(weightBytes))]))];
  return modelOf(Buffer.concat([field(1, node), text(2, 'tiny'), ...weight, field(11, valueInfo('x', type, shape)), field(12, valueInfo('y', type, shape))]));
}

/** A convolution without bias, of float32: `x` [1, channels, length] gives `y` [1, filters, length - 1]; filter f adds two neighbours of channel f, and is 0 where there is no such channel. */
export function pairSumModel(channels: number, filters: number, length: number): Uint8Array {
  const weights = Float32Array.from({ length: filters * channels * 2 }, (_, at) => (Math.floor(at / 2) % channels === Math.floor(at / 2 / channels) ? 1 : 0));
  const weight = Buffer.concat([...[filters, channels, 2].map((size) => whole(1, size)), whole(2, 1), text(8, 'w'), field(9, Buffer.from(weights.buffer))]);
  return modelOf(Buffer.concat([field(1, nodeOf('Conv', ['x', 'w'])), text(2, 'tiny'), field(5, weight), field(11, valueInfo('x', 1, [1, channels, length])), field(12, valueInfo('y', 1, [1, filters, length - 1]))]));
}

function nodeOf(operator: string, inputs: readonly string[]): Uint8Array {
  return Buffer.concat([...inputs.map((name) => text(1, name)), text(2, 'y'), text(3, 'only'), text(4, operator)]);
}

function modelOf(graph: Uint8Array): Uint8Array {
  return Buffer.concat([whole(1, 9), field(7, graph), field(8, whole(2, 19))]);
}
