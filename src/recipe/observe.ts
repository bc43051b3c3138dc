import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../domain/tensor.ts';
import { DATA_TYPE } from '../onnx/data-type.ts';
import { NewNames } from '../onnx/graph.ts';
import { writeModel, type OnnxModel } from '../onnx/model.ts';
import { makeNode } from '../onnx/node.ts';
import { ValueInfoSchema, type ValueInfoProto } from '../onnx/schema.ts';
import { toNumbers } from '../measure/tensor-values.ts';
import type { Workbench } from './workbench.ts';

/** Least and largest value of a tensor over all calibration inputs, and its elements in the largest sample. */
export interface ObservedRange {
  readonly min: number;
  readonly max: number;
  readonly elements: number;
}

/** The runtime finds the shape itself; the type must be said. */
function declared(name: string, elemType: number): ValueInfoProto {
  return create(ValueInfoSchema, { name, type: { value: { case: 'tensorType', value: { elemType } } } });
}

/** Ranges of float32 values of the main graph, read inside the runtime by reductions added to the graph. The model is changed: give a copy. Throws RecipeError. */
export async function observeRanges(model: OnnxModel, values: readonly string[], workbench: Workbench): Promise<Map<string, ObservedRange>> {
  const { graph } = model;
  const names = new NewNames(graph);
  const added = values.map((value) => ({ value, min: names.make(`${value}_min`), max: names.make(`${value}_max`), size: names.make(`${value}_size`) }));
  for (const { value, min, max, size } of added) {
    graph.node.push(makeNode({ opType: 'ReduceMin', input: [value], output: [min], attributes: { keepdims: 0n } }), makeNode({ opType: 'ReduceMax', input: [value], output: [max], attributes: { keepdims: 0n } }), makeNode({ opType: 'Size', input: [value], output: [size] }));
  }
  graph.output = [...graph.output.filter((output) => workbench.carried.has(output.name)), ...added.flatMap(({ min, max, size }) => [declared(min, DATA_TYPE.float32), declared(max, DATA_TYPE.float32), declared(size, DATA_TYPE.int64)])];
  const samples = await workbench.run(writeModel(model), 'the model does not run with its intermediate values observed');
  const ranges = new Map<string, ObservedRange>();
  for (const outputs of samples) {
    const read = new Map(outputs.map((tensor) => [tensor.name, toNumbers(tensor)[0] ?? Number.NaN]));
    for (const { value, min, max, size } of added) {
      const before = ranges.get(value) ?? { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, elements: 0 };
      ranges.set(value, { min: Math.min(before.min, read.get(min) ?? Number.NaN), max: Math.max(before.max, read.get(max) ?? Number.NaN), elements: Math.max(before.elements, read.get(size) ?? 0) });
    }
  }
  return ranges;
}

/** Bytes of intermediate values that one pass brings out: well under a line of the harness protocol in base64. */
const PASS_BYTES = 24 * 1024 * 1024;

/** Hands over whole intermediate values of the main graph, a few at a time, sample by sample. `take` gives a fresh copy of the model. Throws RecipeError. */
export async function observeValues(take: () => OnnxModel, ranges: ReadonlyMap<string, ObservedRange>, workbench: Workbench, onValue: (value: string, tensor: Tensor) => void): Promise<void> {
  const passes: string[][] = [];
  let bytes = 0;
  for (const [value, { elements }] of ranges) {
    const size = elements * 4;
    if (passes.length === 0 || bytes + size > PASS_BYTES) {
      passes.push([]);
      bytes = 0;
    }
    passes.at(-1)?.push(value);
    bytes += size;
  }
  for (const pass of passes) {
    const model = take();
    const outputs = new Set(model.graph.output.map((output) => output.name));
    model.graph.output = [...model.graph.output.filter((output) => pass.includes(output.name) || workbench.carried.has(output.name)), ...pass.filter((value) => !outputs.has(value)).map((value) => declared(value, DATA_TYPE.float32))];
    for (const tensors of await workbench.run(writeModel(model), 'the model does not run with its intermediate values as outputs')) for (const tensor of tensors) onValue(tensor.name, tensor);
  }
}
