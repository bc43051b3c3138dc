import { dataTypeName, bytesOf } from './data-type.ts';
import { allGraphs, allScopes } from './graph.ts';
import { subgraphsOf } from './node.ts';
import { floatValues, tensorBytes, elementsOf } from './tensor.ts';
import { isTrainedWeight, usedWeights } from './weight-uses.ts';
import type { GraphProto } from './schema.ts';

/** What a model's file holds. */
export interface GraphContent {
  /** Bytes of constants by element type, those in Constant nodes and subgraphs included. */
  readonly bytesByType: Readonly<Record<string, number>>;
  /** Share of zeros among the weights of Conv, MatMul, Gemm, Gather and recurrent operators; null when there are none of floating point. */
  readonly sparsity: number | null;
  readonly nodes: number;
  readonly subgraphs: number;
}

function sorted(map: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function contentOf(graph: GraphProto): GraphContent {
  const bytes = new Map<string, number>();
  for (const scope of allScopes(graph)) for (const { tensor } of scope.weights()) {
    const type = dataTypeName(tensor.dataType);
    bytes.set(type, (bytes.get(type) ?? 0) + (bytesOf(tensor.dataType, elementsOf(tensor)) ?? tensorBytes(tensor)?.length ?? 0));
  }
  let zeros = 0;
  let elements = 0;
  for (const { weight, uses } of usedWeights(graph)) {
    if (weight.tensor.dims.length < 2 || !uses.some(isTrainedWeight)) continue;
    for (const value of floatValues(weight.tensor) ?? []) {
      elements++;
      if (value === 0) zeros++;
    }
  }
  const graphs = allGraphs(graph);
  return {
    bytesByType: sorted(bytes), sparsity: elements === 0 ? null : zeros / elements,
    nodes: graphs.reduce((sum, each) => sum + each.node.length, 0), subgraphs: graphs.reduce((sum, each) => sum + each.node.reduce((count, node) => count + subgraphsOf(node).length, 0), 0),
  };
}
