import { clone } from '@bufbuild/protobuf';
import { dropUnusedWeights, NewNames, Scope } from '../onnx/graph.ts';
import { writeModel, type OnnxModel } from '../onnx/model.ts';
import { makeNode } from '../onnx/node.ts';
import { floatTensor, floatValues, integerTensor } from '../onnx/tensor.ts';
import { ModelSchema, type NodeProto } from '../onnx/schema.ts';
import type { Range } from './calibration-range.ts';
import { quantizationOf, quantizeWeights, roundHalfEven, type Quantization } from './quantize.ts';
import type { Candidate } from './static-candidates.ts';

export interface QdqOptions {
  readonly ranges: ReadonlyMap<string, Range>;
  readonly weightBits: number;
  readonly weightScales: 'channel' | 'tensor';
}

/** Activations are unsigned 8-bit, asymmetric. */
const ACTIVATION_BITS = 8;
const INT32_MAX = 2 ** 31 - 1;

/** Writes the model with the chosen nodes between QuantizeLinear and DequantizeLinear, as runtimes fuse into 8-bit kernels. `base` is not changed. */
export function writeQdq(base: OnnxModel, chosen: readonly Candidate[], options: QdqOptions): Uint8Array {
  const model = clone(ModelSchema, base) as OnnxModel;
  const { graph } = model;
  const names = new NewNames(graph);
  const scope = new Scope(graph, null);
  const nodes = [...graph.node];
  /** Nodes to come before or behind the one at an index of the old list; before 0 stands at the very start. */
  const before = new Map<number, NodeProto[]>();
  const behind = new Map<number, NodeProto[]>();
  const put = (where: Map<number, NodeProto[]>, index: number, node: NodeProto): void => { where.set(index, [...(where.get(index) ?? []), node]); };
  const store = (tensor: Parameters<typeof graph.initializer.push>[0]): string => {
    graph.initializer.push(tensor);
    return tensor.name;
  };
  const activation = (value: string): Quantization => {
    const range = options.ranges.get(value);
    if (range === undefined) throw new Error(`no range was observed for ${value}`);
    return quantizationOf(range.min, range.max, ACTIVATION_BITS, 'asymmetric');
  };
  /** QuantizeLinear and DequantizeLinear of one value. */
  const pair = (from: string, to: string, { scale, zeroPoint }: Quantization): NodeProto[] => {
    const [quantized, scaleName, zero] = [names.make(`${to}_quantized`), store(floatTensor(names.make(`${to}_scale`), [], [scale])), store(integerTensor(names.make(`${to}_zero`), [], Uint8Array.of(zeroPoint)))];
    return [makeNode({ opType: 'QuantizeLinear', input: [from, scaleName, zero], output: [quantized] }), makeNode({ opType: 'DequantizeLinear', input: [quantized, scaleName, zero], output: [to] })];
  };
  const settled = new Set<string>();
  for (const { output } of chosen) {
    if (settled.has(output)) continue;
    settled.add(output);
    const index = nodes.findIndex((node) => node.output.includes(output));
    const producer = nodes[index];
    if (producer === undefined) continue;
    const inside = names.make(`${output}_float32`);
    producer.output = producer.output.map((name) => (name === output ? inside : name));
    for (const node of pair(inside, output, activation(output))) put(behind, index, node);
  }
  const inputs = new Map<string, string>();
  const weights = new Map<string, string>();
  for (const candidate of chosen) {
    const node = nodes[candidate.index];
    if (node === undefined) continue;
    const { input, weight, bias } = candidate;
    const inputScale = activation(input).scale;
    if (!settled.has(input)) {
      const known = inputs.get(input);
      const quantized = known ?? names.make(`${input}_8bit`);
      if (known === undefined) {
        inputs.set(input, quantized);
        for (const each of pair(input, quantized, activation(input))) put(before, candidate.index, each);
      }
      node.input[0] = quantized;
    }
    const axis = options.weightScales === 'channel' ? candidate.channelAxis : null;
    const { values, scales } = quantizeWeights(candidate.weightValues, candidate.weightDims, axis, options.weightBits);
    const key = `${weight}\n${axis ?? ''}`;
    let dequantized = weights.get(key);
    const scaleDims = axis === null ? [] : [scales.length];
    if (dequantized === undefined) {
      dequantized = names.make(`${weight}_8bit`);
      const parts = [store(integerTensor(names.make(`${weight}_int8`), candidate.weightDims, values)), store(floatTensor(names.make(`${weight}_scale`), scaleDims, scales)), store(integerTensor(names.make(`${weight}_zero`), scaleDims, new Int8Array(scales.length)))];
      put(before, 0, makeNode({ opType: 'DequantizeLinear', input: parts, output: [dequantized], ...(axis === null ? {} : { attributes: { axis: BigInt(axis) } }) }));
      weights.set(key, dequantized);
    }
    node.input[1] = dequantized;
    if (bias !== null) {
      const values32 = floatValues(scope.weight(bias)?.weight.tensor ?? floatTensor('', [0], [])) ?? new Float64Array();
      const biasScales = Float32Array.from(axis === null ? [scales[0] ?? 0] : scales, (scale) => inputScale * scale);
      const stepOf = (i: number): number => biasScales[axis === null ? 0 : i] ?? 0;
      // A bias that 32 bits can't hold stays float32; so does one that is not one number a channel.
      if (values32.every((value, i) => Math.abs(value) <= INT32_MAX * stepOf(i)) && (axis === null || values32.length === scales.length)) {
        const quantized = Int32Array.from(values32, (value, i) => roundHalfEven(value / stepOf(i)));
        const made = names.make(`${bias}_32bit`);
        const parts = [store(integerTensor(names.make(`${bias}_int32`), [values32.length], quantized)), store(floatTensor(names.make(`${bias}_scale`), axis === null ? [] : [biasScales.length], biasScales))];
        put(before, 0, makeNode({ opType: 'DequantizeLinear', input: parts, output: [made], ...(axis === null ? {} : { attributes: { axis: 0n } }) }));
        node.input[2] = made;
      }
    }
  }
  graph.node = nodes.flatMap((node, index) => [...(before.get(index) ?? []), node, ...(behind.get(index) ?? [])]);
  graph.valueInfo = [];
  dropUnusedWeights(graph);
  return writeModel(model);
}
