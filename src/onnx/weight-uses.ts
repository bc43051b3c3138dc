import { Scope, allScopes, type Weight } from './graph.ts';
import type { GraphProto, NodeProto } from './schema.ts';

/** A node that takes a constant, at which input, in which graph. */
export interface WeightUse {
  readonly scope: Scope;
  readonly node: NodeProto;
  readonly position: number;
}

/** A constant with everything that takes it: nodes of its own graph and of graphs inside it. */
export interface UsedWeight {
  readonly scope: Scope;
  readonly weight: Weight;
  readonly uses: readonly WeightUse[];
  /** True when it is a graph's output too. */
  readonly output: boolean;
}

/** Every constant of a model with its uses, in the order of the file. */
export function usedWeights(graph: GraphProto): UsedWeight[] {
  const scopes = allScopes(graph);
  const found = new Map<Weight, UsedWeight & { uses: WeightUse[]; output: boolean }>();
  for (const scope of scopes) for (const weight of scope.weights()) found.set(weight, { scope, weight, uses: [], output: false });
  for (const scope of scopes) {
    for (const node of scope.graph.node) for (const [position, name] of node.input.entries()) {
      const owner = name === '' ? null : scope.weight(name);
      if (owner !== null) found.get(owner.weight)?.uses.push({ scope, node, position });
    }
    for (const output of scope.graph.output) {
      const owner = scope.weight(output.name);
      const entry = owner === null ? undefined : found.get(owner.weight);
      if (entry !== undefined) entry.output = true;
    }
  }
  return [...found.values()];
}

/** Inputs that hold an operator's trained matrices or kernels. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = { Conv: [1], ConvTranspose: [1], MatMul: [0, 1], Gemm: [0, 1], LSTM: [1, 2], GRU: [1, 2], RNN: [1, 2], Gather: [0] };

/** True where the node's input is a trained matrix, kernel or embedding table, as against a bias, a bound or a shape. */
export function isTrainedWeight({ node, position }: Pick<WeightUse, 'node' | 'position'>): boolean {
  return (node.domain === '' || node.domain === 'ai.onnx') && WEIGHT_INPUTS[node.opType]?.includes(position) === true;
}

/** The axis of a weight that belongs to the operator's output channels: one scale each. */
export function channelAxis({ node, position }: Pick<WeightUse, 'node' | 'position'>, rank: number): number {
  switch (node.opType) {
    case 'ConvTranspose': return 1;
    case 'MatMul': return position === 0 ? Math.max(0, rank - 2) : rank - 1;
    case 'Gemm': {
      const transposed = node.attribute.some((attribute) => attribute.name === (position === 0 ? 'transA' : 'transB') && attribute.i === 1n);
      return position === 0 ? (transposed ? 1 : 0) : (transposed ? 0 : 1);
    }
    case 'LSTM': case 'GRU': case 'RNN': return 1;
    default: return 0;
  }
}
