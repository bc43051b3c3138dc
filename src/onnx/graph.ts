import { clone } from '@bufbuild/protobuf';
import { attributeOf, isStandard, subgraphsOf } from './node.ts';
import { floatTensor, integerTensor } from './tensor.ts';
import { TensorSchema, type GraphProto, type NodeProto, type TensorProto } from './schema.ts';

/** A graph and those inside it, outermost first. */
export function allGraphs(graph: GraphProto): GraphProto[] {
  return [graph, ...graph.node.flatMap((node) => subgraphsOf(node).flatMap(allGraphs))];
}

/** The tensor of a Constant node; null for another node, or a constant of text or sparse data. */
export function constantOf(node: NodeProto): TensorProto | null {
  if (node.opType !== 'Constant' || !isStandard(node)) return null;
  const [attribute] = node.attribute;
  if (attribute === undefined) return null;
  switch (attribute.name) {
    case 'value': return attribute.t ?? null;
    case 'value_float': return floatTensor('', [], [attribute.f]);
    case 'value_floats': return floatTensor('', [attribute.floats.length], attribute.floats);
    case 'value_int': return integerTensor('', [], BigInt64Array.of(attribute.i));
    case 'value_ints': return integerTensor('', [attribute.ints.length], BigInt64Array.from(attribute.ints));
    default: return null;
  }
}

/** Where a value that never changes is kept: an initializer, or a Constant node. */
export type Weight =
  | { readonly kind: 'initializer'; readonly name: string; readonly tensor: TensorProto }
  | { readonly kind: 'constant'; readonly name: string; readonly tensor: TensorProto; readonly node: NodeProto };

/** One graph, with the names that it defines and those of the graphs around it. */
export class Scope {
  readonly graph: GraphProto;
  readonly outer: Scope | null;
  readonly #weights = new Map<string, Weight>();
  readonly #producers = new Map<string, NodeProto>();

  constructor(graph: GraphProto, outer: Scope | null) {
    this.graph = graph;
    this.outer = outer;
    // An initializer that is a graph input too is only a default, which the caller may replace.
    const replaceable = new Set(graph.input.map((input) => input.name));
    for (const tensor of graph.initializer) if (!replaceable.has(tensor.name)) this.#weights.set(tensor.name, { kind: 'initializer', name: tensor.name, tensor });
    for (const node of graph.node) {
      const tensor = constantOf(node);
      const [output] = node.output;
      if (tensor !== null && output !== undefined) this.#weights.set(output, { kind: 'constant', name: output, tensor, node });
      for (const name of node.output) if (name !== '') this.#producers.set(name, node);
    }
  }

  /** True when this graph itself gives the name its value. */
  defines(name: string): boolean {
    return this.#weights.has(name) || this.#producers.has(name) || this.graph.input.some((input) => input.name === name);
  }

  /** The constant of this name here or around, with the scope that owns it. */
  weight(name: string): { readonly weight: Weight; readonly scope: Scope } | null {
    const weight = this.#weights.get(name);
    if (weight !== undefined) return { weight, scope: this };
    return this.defines(name) ? null : (this.outer?.weight(name) ?? null);
  }

  weights(): readonly Weight[] {
    return [...this.#weights.values()];
  }

  /** The node of this graph that gives the name its value. */
  producer(name: string): NodeProto | null {
    return this.#producers.get(name) ?? null;
  }
}

/** The scopes of a graph and of those inside it, outermost first. */
export function allScopes(graph: GraphProto, outer: Scope | null = null): Scope[] {
  const scope = new Scope(graph, outer);
  return [scope, ...graph.node.flatMap((node) => subgraphsOf(node).flatMap((inner) => allScopes(inner, scope)))];
}

/** Uses of each name in a graph and inside it: by nodes (a node that takes it twice counts twice) and as graph output. */
export function useCounts(graph: GraphProto): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string): void => { if (name !== '') counts.set(name, (counts.get(name) ?? 0) + 1); };
  for (const each of allGraphs(graph)) {
    for (const node of each.node) node.input.forEach(add);
    for (const output of each.output) add(output.name);
  }
  return counts;
}

/** Names for new values and nodes that nothing in the graph has. */
export class NewNames {
  readonly #taken = new Set<string>();

  constructor(graph: GraphProto) {
    for (const each of allGraphs(graph)) {
      for (const item of [...each.input, ...each.output, ...each.initializer]) this.#taken.add(item.name);
      for (const node of each.node) for (const name of [...node.output, ...node.input, node.name]) this.#taken.add(name);
    }
  }

  make(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/** Takes away constants that no node and no graph output uses. */
export function dropUnusedWeights(graph: GraphProto): void {
  const used = useCounts(graph);
  for (const each of allGraphs(graph)) {
    const inputs = new Set(each.input.map((input) => input.name));
    const dropped = new Set(each.initializer.filter((tensor) => !used.has(tensor.name)).map((tensor) => tensor.name));
    each.initializer = each.initializer.filter((tensor) => !dropped.has(tensor.name));
    if (dropped.size > 0) each.input = each.input.filter((input) => !(inputs.has(input.name) && dropped.has(input.name)));
    each.node = each.node.filter((node) => constantOf(node) === null || node.output.some((name) => used.has(name)));
  }
}

/** Gives a constant another tensor, where it stands, under the same name. */
export function replaceWeight(scope: Scope, weight: Weight, tensor: TensorProto): void {
  if (weight.kind === 'initializer') {
    const at = scope.graph.initializer.indexOf(weight.tensor);
    const renamed = clone(TensorSchema, tensor);
    renamed.name = weight.name;
    scope.graph.initializer.splice(at, 1, renamed);
    const declared = [...scope.graph.input, ...scope.graph.valueInfo].find((info) => info.name === weight.name)?.type?.value;
    if (declared?.case === 'tensorType') declared.value.elemType = tensor.dataType;
    return;
  }
  const value = attributeOf(weight.node, 'value');
  if (value === undefined) throw new Error(`constant ${weight.name} has no tensor to replace`);
  value.t = tensor;
}
