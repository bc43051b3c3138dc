import { DATA_TYPE } from '../onnx/data-type.ts';
import { Scope, useCounts } from '../onnx/graph.ts';
import { floatAttribute, intAttribute, isStandard, subgraphsOf } from '../onnx/node.ts';
import { constantInput } from '../onnx/opset.ts';
import { dimsOf, floatValues } from '../onnx/tensor.ts';
import { channelAxis } from '../onnx/weight-uses.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { NodeProto } from '../onnx/schema.ts';
import type { Range } from './calibration-range.ts';
import { rangeThatMatters } from './saturation.ts';
import type { Tally } from './tally.ts';

export const STATIC_OPERATORS = ['Conv', 'MatMul', 'Gemm'] as const;

/** A node that can compute in 8 bits. */
export interface Candidate {
  /** Its place in the main graph: the same in every copy of the model. */
  readonly index: number;
  readonly name: string;
  /** `Conv 1x1`, `depthwise Conv`, `MatMul` …: nodes of a kind gain or lose speed alike. */
  readonly kind: string;
  readonly opType: string;
  readonly input: string;
  /** The value that is quantized behind it: its own output, or that of the Relu it feeds. Without it ONNX Runtime 1.30 computed the products of a MatMul with weights by channel in float32. */
  readonly output: string;
  /** Where the output makes a difference behind it. */
  readonly matters: Range;
  readonly weight: string;
  readonly bias: string | null;
  readonly weightValues: Float64Array;
  readonly weightDims: readonly number[];
  readonly channelAxis: number;
}

function kindOf(node: NodeProto, dims: readonly number[]): string {
  if (node.opType !== 'Conv') return node.opType;
  const group = intAttribute(node, 'group', 1);
  if (group > 1) return group === dims[0] ? 'depthwise Conv' : 'grouped Conv';
  return `Conv ${dims.slice(2).join('x')}`;
}

/** A Relu, or a Clip from 0, that alone takes the value: an unsigned range does its work for nothing. */
function activationBehind(scope: Scope, uses: ReadonlyMap<string, number>, value: string): string | null {
  if (uses.get(value) !== 1) return null;
  const node = scope.graph.node.find((each) => each.input[0] === value);
  if (node === undefined || !isStandard(node)) return null;
  if (node.opType === 'Relu') return node.output[0] ?? null;
  const least = node.opType === 'Clip' ? constantInput(scope, node, 1) : null;
  return least !== null && floatValues(least)?.[0] === 0 ? (node.output[0] ?? null) : null;
}

/** The nodes of the main graph that can compute in 8 bits; why others can't goes to the tally. */
export function findCandidates(model: OnnxModel, ops: readonly string[], minElements: number, tally: Tally): Candidate[] {
  const scope = new Scope(model.graph, null);
  const uses = useCounts(model.graph);
  const found: Candidate[] = [];
  for (const [index, node] of model.graph.node.entries()) {
    for (const inner of subgraphsOf(node)) for (const each of inner.node) if (ops.includes(each.opType)) tally.keep(each.opType, 'it is inside a subgraph, whose ranges can not be observed');
    if (!isStandard(node) || !STATIC_OPERATORS.some((op) => op === node.opType)) continue;
    const [input = '', weight = '', bias = ''] = node.input;
    const [output = ''] = node.output;
    const tensor = constantInput(scope, node, 1);
    const values = tensor === null || tensor.dataType !== DATA_TYPE.float32 ? null : floatValues(tensor);
    const dims = tensor === null ? [] : dimsOf(tensor);
    const reason = !ops.includes(node.opType) ? 'it was not asked for (setting ops)'
      : tensor === null ? (node.opType === 'MatMul' ? 'both sides change from input to input' : 'its weights are computed')
        : values === null ? 'its weights are not float32'
          : scope.weight(input) !== null ? 'its input is constant'
            : values.length < minElements ? `its weights have fewer than ${minElements} elements`
              : node.opType === 'MatMul' && dims.length !== 2 ? 'its weights are not one matrix'
                : node.opType === 'Gemm' && (intAttribute(node, 'transA', 0) === 1 || floatAttribute(node, 'alpha', 1) !== 1 || floatAttribute(node, 'beta', 1) !== 1) ? 'it scales or transposes its input'
                  : bias !== '' && constantInput(scope, node, 2) === null ? 'its bias is computed' : null;
    if (reason !== null || values === null) {
      tally.keep(node.opType, reason ?? 'its weights are not float32');
      continue;
    }
    const settled = activationBehind(scope, uses, output) ?? output;
    found.push({
      index, name: node.name === '' ? output : node.name, kind: kindOf(node, dims), opType: node.opType, input, weight, bias: bias === '' ? null : bias,
      output: settled, matters: rangeThatMatters(scope, settled, uses),
      weightValues: values, weightDims: dims, channelAxis: channelAxis({ node, position: 1 }, dims.length),
    });
  }
  return found;
}
