import { FLOAT16_MAX, fromFloat16Bits, toFloat16Bits } from '../domain/half-float.ts';
import { DATA_TYPE } from '../onnx/data-type.ts';
import type { Scope } from '../onnx/graph.ts';
import { intAttribute, isStandard, subgraphsOf } from '../onnx/node.ts';
import { floatValues } from '../onnx/tensor.ts';
import type { NodeProto, TensorProto } from '../onnx/schema.ts';
import type { ObservedRange } from './observe.ts';

/** Operators that take no float16, or whose results are unsafe in it, with why. */
const BLOCKED: Readonly<Record<string, string>> = {
  Resize: 'its scales must be float32', Upsample: 'its scales must be float32', NonMaxSuppression: 'its boxes must be float32', RoiAlign: 'positions lose too much in float16', GridSample: 'positions lose too much in float16',
  CumSum: 'takes no float16, and sums grow', Range: 'takes no float16', IsInf: 'takes no float16', Multinomial: 'draws from float32', RandomNormal: 'draws float32', RandomUniform: 'draws float32', RandomNormalLike: 'draws float32',
  RandomUniformLike: 'draws float32', Bernoulli: 'draws float32', EyeLike: 'makes float32', QuantizeLinear: 'quantized already', DequantizeLinear: 'quantized already', DynamicQuantizeLinear: 'quantized already', MatMulInteger: 'quantized already',
  ConvInteger: 'quantized already', QLinearConv: 'quantized already', QLinearMatMul: 'quantized already', TfIdfVectorizer: 'makes float32', STFT: 'sums over long windows', DFT: 'sums over long windows', MelWeightMatrix: 'makes float32',
};

/** A constant of one element (an epsilon, a factor) may lose this share of its value: float16's own rounding is 2^-11. */
const MAX_LOSS = 2 ** -10;

/** Why a constant does not fit float16, or null. */
export function float16Fault(tensor: TensorProto): string | null {
  const values = floatValues(tensor) ?? [];
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (!(largest <= FLOAT16_MAX)) return `a constant of ${largest.toPrecision(4)} is beyond float16's ${FLOAT16_MAX}`;
  const [only = 0] = values;
  if (values.length === 1 && only !== 0 && Math.abs(fromFloat16Bits(toFloat16Bits(only)) - only) > MAX_LOSS * Math.abs(only)) return `a constant of ${only.toPrecision(3)} is lost in float16`;
  return null;
}

/** Why a node must stay in float32, or null. Control flow is not asked for here. */
export function blockReason(node: NodeProto, scope: Scope, ranges: ReadonlyMap<string, ObservedRange>): string | null {
  if (!isStandard(node)) return `operators of ${node.domain} are not known`;
  if (subgraphsOf(node).length > 0) return 'control flow: its edges stay float32, what is inside is converted';
  const listed = BLOCKED[node.opType];
  if (listed !== undefined) return listed;
  for (const name of [...node.input, ...node.output]) {
    const range = ranges.get(name);
    if (range !== undefined && !(Math.abs(range.min) <= FLOAT16_MAX && Math.abs(range.max) <= FLOAT16_MAX)) return `values of ${Math.max(Math.abs(range.min), Math.abs(range.max)).toPrecision(4)} are beyond float16's ${FLOAT16_MAX}`;
  }
  for (const name of node.input) {
    const weight = name === '' ? null : scope.weight(name);
    const fault = weight === null || weight.weight.tensor.dataType !== DATA_TYPE.float32 ? null : float16Fault(weight.weight.tensor);
    if (fault !== null) return fault;
  }
  return null;
}

/** Operators that pass sizes on; a size beyond 2048 is not exact in float16. */
const SIZE_STEPS: ReadonlySet<string> = new Set(['Mul', 'Div', 'Add', 'Sub', 'Floor', 'Ceil', 'Round', 'Concat', 'Slice', 'Gather', 'Squeeze', 'Unsqueeze', 'Reshape', 'Min', 'Max', 'Clip', 'Identity', 'Cast', 'Sqrt', 'Pow', 'Log']);
const WHOLE: ReadonlySet<number> = new Set([DATA_TYPE.int64, DATA_TYPE.int32, DATA_TYPE.int16, DATA_TYPE.int8, DATA_TYPE.uint8, DATA_TYPE.uint16, DATA_TYPE.uint32, DATA_TYPE.uint64]);

/** Nodes of one graph that compute sizes or indices: whatever leads to a Cast to whole numbers. */
export function sizeNodes(scope: Scope): Set<NodeProto> {
  const found = new Set<NodeProto>();
  const waiting = scope.graph.node.filter((node) => node.opType === 'Cast' && WHOLE.has(intAttribute(node, 'to', 0)));
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const name of node.input) {
      const producer = scope.producer(name);
      if (producer === null || found.has(producer) || !SIZE_STEPS.has(producer.opType)) continue;
      found.add(producer);
      waiting.push(producer);
    }
  }
  return found;
}
