import { OnnxError } from './onnx-error.ts';
import { allGraphs, NewNames, Scope } from './graph.ts';
import { attributeOf, intAttribute, isStandard, makeNode, setAttributes, subgraphsOf, textAttribute } from './node.ts';
import { opsetOf, type OnnxModel } from './model.ts';
import { floatTensor, integerTensor } from './tensor.ts';
import type { GraphProto, NodeProto, TensorProto } from './schema.ts';

/** Models of an older operator set are not raised: BatchNormalization, Upsample and others meant something else there. */
const OLDEST = 9;
/** The table below reaches this far. */
const NEWEST = 13;

interface Rewrite { readonly graph: GraphProto; readonly names: NewNames; readonly constant: (name: string, tensor: TensorProto) => string }
/** What an operator needs on the way to a version: the nodes that take its place. Throws OnnxError when it can not be done. */
type Adapter = (node: NodeProto, tools: Rewrite) => NodeProto[];

function longs(tools: Rewrite, node: NodeProto, what: string, values: readonly bigint[]): string {
  return tools.constant(`${node.output[0] ?? node.name}_${what}`, integerTensor('', [values.length], BigInt64Array.from(values)));
}

function scalar(tools: Rewrite, node: NodeProto, what: string, value: number): string {
  return tools.constant(`${node.output[0] ?? node.name}_${what}`, floatTensor('', [], [value]));
}

/** An attribute of whole numbers becomes the input at `position`; an absent one stays absent. */
const attributeToInput = (attribute: string, position: number): Adapter => (node, tools) => {
  const found = attributeOf(node, attribute);
  if (found === undefined) return [node];
  while (node.input.length < position) node.input.push('');
  node.input[position] = longs(tools, node, attribute, found.ints);
  setAttributes(node, [attribute]);
  return [node];
};

const refuse = (why: string): Adapter => (node) => {
  throw new OnnxError('unsupported-op', `${node.opType} ("${node.name || node.output[0] || ''}") can not be raised to a newer operator set: ${why}; export the model with opset 13 or later`);
};

/** Flattened to two dimensions at the axis, as the operator did before version 13, and shaped back. */
const flattened: Adapter = (node, tools) => {
  const axis = intAttribute(node, 'axis', 1);
  if (axis === -1) return [node];
  const [x = ''] = node.input;
  const [y = ''] = node.output;
  const [shape, flat, done] = [tools.names.make(`${y}_shape`), tools.names.make(`${y}_flat`), tools.names.make(`${y}_rows`)];
  setAttributes(node, ['axis'], { axis: 1n });
  node.input = [flat];
  node.output = [done];
  return [makeNode({ opType: 'Shape', input: [x], output: [shape] }), makeNode({ opType: 'Flatten', input: [x], output: [flat], attributes: { axis: BigInt(axis) } }), node, makeNode({ opType: 'Reshape', input: [done, shape], output: [y] })];
};

/** Slice took its bounds as attributes before version 10. */
const slice: Adapter = (node, tools) => {
  for (const [position, attribute] of [[1, 'starts'], [2, 'ends'], [3, 'axes']] as const) attributeToInput(attribute, position)(node, tools);
  return [node];
};

const clip: Adapter = (node, tools) => {
  for (const [position, name] of [[1, 'min'], [2, 'max']] as const) {
    const value = attributeOf(node, name)?.f;
    if (value === undefined) continue;
    while (node.input.length < position) node.input.push('');
    node.input[position] = scalar(tools, node, name, value);
  }
  setAttributes(node, ['min', 'max']);
  return [node];
};

const pad: Adapter = (node, tools) => {
  const value = attributeOf(node, 'value')?.f ?? 0;
  attributeToInput('pads', 1)(node, tools);
  if (value !== 0) node.input[2] = scalar(tools, node, 'value', value);
  setAttributes(node, ['value']);
  return [node];
};

/** At inference Dropout passes its input on, whatever the ratio; a mask that is used would need a new meaning. */
const dropout: Adapter = (node, tools) => {
  if ((node.output[1] ?? '') !== '') return refuse('its mask is used')(node, tools);
  return [makeNode({ opType: 'Identity', input: node.input.slice(0, 1), output: node.output.slice(0, 1), name: node.name })];
};

const topK: Adapter = (node, tools) => {
  node.input[1] = longs(tools, node, 'k', [BigInt(intAttribute(node, 'k', 1))]);
  setAttributes(node, ['k']);
  return [node];
};

/** Resize 10 sampled at x / scale, rounding down: what version 11 calls asymmetric and floor. */
const resize: Adapter = (node, tools) => {
  const mode = textAttribute(node, 'mode', 'nearest');
  node.input = [node.input[0] ?? '', tools.constant(`${node.output[0] ?? ''}_roi`, floatTensor('', [0], [])), node.input[1] ?? ''];
  setAttributes(node, [], { coordinate_transformation_mode: 'asymmetric', ...(mode === 'nearest' ? { nearest_mode: 'floor' } : {}) });
  return [node];
};

const renamed = (opType: string): Adapter => (node) => {
  node.opType = opType;
  return [node];
};

/** Rewrites by the version that changed the operator's meaning or form. Operators not named here only gained types, optional inputs or negative axes. */
const ADAPTERS: Readonly<Record<number, Readonly<Record<string, Adapter>>>> = {
  10: { Slice: slice, TopK: topK, Upsample: renamed('Resize'), Dropout: dropout },
  11: { Clip: clip, Pad: pad, Resize: resize, Scatter: renamed('ScatterElements') },
  12: { Dropout: dropout },
  13: {
    Softmax: flattened, LogSoftmax: flattened, Hardmax: flattened, ReduceSum: attributeToInput('axes', 1), Squeeze: attributeToInput('axes', 1), Unsqueeze: attributeToInput('axes', 1), Split: attributeToInput('split', 1),
  },
};

/** Operators that the table was checked for, version 9 to 13: those with an adapter above, and these that need none. */
const UNCHANGED: ReadonlySet<string> = new Set(('Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization BitShift Cast Ceil Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger '
  + 'ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Det Div DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather GatherElements GatherND Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool '
  + 'Greater GreaterOrEqual HardSigmoid Identity If InstanceNormalization IsInf IsNaN LRN LSTM LeakyRelu Less LessOrEqual Log Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxUnpool Mean MeanVarianceNormalization Min Mod Mul '
  + 'Multinomial Neg NonMaxSuppression NonZero Not OneHot Or PRelu Pow QLinearConv QLinearMatMul QuantizeLinear RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp '
  + 'ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare Relu Reshape ReverseSequence RoiAlign Round Scan ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Softplus Softsign SpaceToDepth Sqrt Sub Sum Tan Tanh '
  + 'ThresholdedRelu Tile Transpose Unique Where Xor').split(' '));

function adapt(graph: GraphProto, version: number, names: NewNames): void {
  const adapters = ADAPTERS[version] ?? {};
  const nodes: NodeProto[] = [];
  for (const node of graph.node) {
    for (const inner of subgraphsOf(node)) adapt(inner, version, names);
    const adapter = isStandard(node) && Object.hasOwn(adapters, node.opType) ? adapters[node.opType] : undefined;
    if (adapter === undefined) nodes.push(node);
    else {
      nodes.push(...adapter(node, {
        graph, names,
        constant: (wanted, tensor) => {
          const name = names.make(wanted);
          tensor.name = name;
          graph.initializer.push(tensor);
          return name;
        },
      }));
    }
  }
  graph.node = nodes;
}

/**
 * Raises the model to an operator set of at least `least` (at most 13), rewriting what changed on the way. Gives the version it had when it was raised, null
 * when it was new enough. Throws OnnxError: too old, or an operator that the table does not know.
 */
export function raiseOpset(model: OnnxModel, least: number): number | null {
  const from = opsetOf(model);
  if (from >= least) return null;
  if (least > NEWEST) throw new Error(`raiseOpset reaches ${NEWEST}, not ${least}`);
  if (from < OLDEST) throw new OnnxError('unsupported-opset', `the model is of opset ${from}, this recipe needs ${least}, and models older than ${OLDEST} can not be raised safely; export it with opset 13 or later`);
  const known = (node: NodeProto): boolean => !isStandard(node) || UNCHANGED.has(node.opType) || Object.values(ADAPTERS).some((table) => Object.hasOwn(table, node.opType));
  for (const graph of allGraphs(model.graph)) for (const node of graph.node) if (!known(node)) refuse(`Paddock's table from opset ${from} to ${least} does not have it`)(node, { graph, names: new NewNames(graph), constant: () => '' });
  if (model.functions.length > 0) throw new OnnxError('unsupported-opset', `the model is of opset ${from} and has functions of its own, which are not raised; export it with opset 13 or later`);
  const names = new NewNames(model.graph);
  for (let version = from + 1; version <= least; version++) adapt(model.graph, version, names);
  for (const item of model.opsetImport) if (item.domain === '' || item.domain === 'ai.onnx') item.version = BigInt(least);
  return from;
}

/** The value that an input of a node always has, as a tensor, or null. */
export function constantInput(scope: Scope, node: NodeProto, position: number): TensorProto | null {
  const name = node.input[position];
  return name === undefined || name === '' ? null : (scope.weight(name)?.weight.tensor ?? null);
}
