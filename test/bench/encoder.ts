/**
 * A transformer encoder of MiniLM's shape (6 layers of 384, 12 heads, 1536 inside, 30,522 words), written node by node with GENERATED weights: it says how fast such a
 * network is and how large, and nothing of any quality. input_ids and attention_mask [1, length] -> last_hidden_state [1, length, 384].
 */
import { create } from '@bufbuild/protobuf';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { writeModel, type OnnxModel } from '../../src/onnx/model.ts';
import { makeNode, type AttributeValue } from '../../src/onnx/node.ts';
import { DATA_TYPE } from '../../src/onnx/data-type.ts';
import { GraphSchema, ModelSchema, ValueInfoSchema, type NodeProto, type TensorProto, type ValueInfoProto } from '../../src/onnx/schema.ts';
import { floatTensor, integerTensor } from '../../src/onnx/tensor.ts';

export interface EncoderShape {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly inner: number;
  readonly words: number;
  readonly length: number;
}
export const MINILM: EncoderShape = { layers: 6, hidden: 384, heads: 12, inner: 1536, words: 30_522, length: 128 };

class Encoder {
  readonly nodes: NodeProto[] = [];
  readonly weights: TensorProto[] = [];
  readonly #random = seededRandom('generated encoder');
  #count = 0;

  node(opType: string, input: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string {
    const output = `${opType}_${this.#count++}`;
    this.nodes.push(makeNode({ opType, input, output: [output], name: output, attributes }));
    return output;
  }

  /** Generated weights of the usual deviation for their fan-in. */
  drawn(name: string, dims: readonly number[], deviation = 1 / Math.sqrt(dims[0] ?? 1)): string {
    const count = dims.reduce((product, size) => product * size, 1);
    this.weights.push(floatTensor(name, dims, Float64Array.from({ length: count }, () => deviation * normal(this.#random))));
    return name;
  }

  constant(name: string, value: number): string {
    if (!this.weights.some((tensor) => tensor.name === name)) this.weights.push(floatTensor(name, [], [value]));
    return name;
  }

  shape(name: string, sizes: readonly number[]): string {
    if (!this.weights.some((tensor) => tensor.name === name)) this.weights.push(integerTensor(name, [sizes.length], BigInt64Array.from(sizes, BigInt)));
    return name;
  }

  ones(name: string, size: number): string {
    this.weights.push(floatTensor(name, [size], new Float64Array(size).fill(1)));
    return name;
  }

  linear(name: string, x: string, from: number, to: number): string {
    return this.node('Add', [this.node('MatMul', [x, this.drawn(`${name}.weight`, [from, to])]), this.drawn(`${name}.bias`, [to], 0.02)]);
  }

  /** (x − mean)/√(variance + 1e-12) · γ + β, of the operators that opset 13 has. */
  normalized(name: string, x: string, size: number): string {
    const centred = this.node('Sub', [x, this.node('ReduceMean', [x], { axes: [-1n] })]);
    const variance = this.node('ReduceMean', [this.node('Pow', [centred, this.constant('two', 2)])], { axes: [-1n] });
    const scaled = this.node('Div', [centred, this.node('Sqrt', [this.node('Add', [variance, this.constant('epsilon', 1e-12)])])]);
    return this.node('Add', [this.node('Mul', [scaled, this.ones(`${name}.gamma`, size)]), this.drawn(`${name}.beta`, [size], 0.02)]);
  }
}

function declared(name: string, dataType: number, sizes: readonly number[]): ValueInfoProto {
  return create(ValueInfoSchema, { name, type: { value: { case: 'tensorType', value: { elemType: dataType, shape: { dim: sizes.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } })) } } } } });
}

export function encoderFile({ layers, hidden, heads, inner, words, length }: EncoderShape = MINILM): Uint8Array {
  const made = new Encoder();
  const size = hidden / heads;
  const mask = made.node('Unsqueeze', [made.node('Cast', ['attention_mask'], { to: BigInt(DATA_TYPE.float32) }), made.shape('axes_1_2', [1, 2])]);
  const masked = made.node('Mul', [made.node('Sub', [made.constant('one', 1), mask]), made.constant('far', -10_000)]);
  let x = made.node('Add', [made.node('Gather', [made.drawn('words', [words, hidden], 0.05), 'input_ids']), made.drawn('positions', [1, length, hidden], 0.05)]);
  x = made.normalized('embeddings', x, hidden);
  for (let layer = 0; layer < layers; layer++) {
    const part = (name: string): string => made.node('Transpose', [made.node('Reshape', [made.linear(`${layer}.${name}`, x, hidden, hidden), made.shape('split', [1, length, heads, size])])], { perm: name === 'key' ? [0n, 2n, 3n, 1n] : [0n, 2n, 1n, 3n] });
    const [query, key, values] = [part('query'), part('key'), part('value')];
    const scores = made.node('Add', [made.node('Div', [made.node('MatMul', [query, key]), made.constant('root', Math.sqrt(size))]), masked]);
    const attended = made.node('Reshape', [made.node('Transpose', [made.node('MatMul', [made.node('Softmax', [scores], { axis: -1n }), values])], { perm: [0n, 2n, 1n, 3n] }), made.shape('joined', [1, length, hidden])]);
    x = made.normalized(`${layer}.attention`, made.node('Add', [x, made.linear(`${layer}.out`, attended, hidden, hidden)]), hidden);
    const wide = made.linear(`${layer}.wide`, x, hidden, inner);
    const erf = made.node('Add', [made.node('Erf', [made.node('Div', [wide, made.constant('root_two', Math.SQRT2)])]), made.constant('one', 1)]);
    const gelu = made.node('Mul', [made.node('Mul', [wide, erf]), made.constant('half', 0.5)]);
    x = made.normalized(`${layer}.feed`, made.node('Add', [x, made.linear(`${layer}.narrow`, gelu, inner, hidden)]), hidden);
  }
  made.nodes.push(makeNode({ opType: 'Identity', input: [x], output: ['last_hidden_state'] }));
  return writeModel(create(ModelSchema, {
    irVersion: 8n, producerName: 'paddock bench', docString: 'weights are generated: speed and size only', opsetImport: [{ domain: '', version: 13n }],
    graph: create(GraphSchema, {
      name: 'generated-encoder', node: made.nodes, initializer: made.weights, input: [declared('input_ids', DATA_TYPE.int64, [1, length]), declared('attention_mask', DATA_TYPE.int64, [1, length])],
      output: [declared('last_hidden_state', DATA_TYPE.float32, [1, length, hidden])],
    }),
  }) as OnnxModel);
}
