import { DATA_TYPE } from './data-type.ts';
import { allScopes, constantOf, type Scope } from './graph.ts';
import { attributeOf, intAttribute, isStandard, subgraphsOf } from './node.ts';
import type { GraphProto, NodeProto, ValueInfoProto } from './schema.ts';

/** Element types (`TensorProto.DataType`) of the values of one graph; what could not be told is absent. */
export type ValueTypes = ReadonlyMap<string, number>;

const { int64, bool, float32, uint8, int32 } = DATA_TYPE;

/** Output types that do not follow the first input's, by operator of the standard set; null: as the first input. */
const FIXED: Readonly<Record<string, readonly (number | null)[]>> = {
  Shape: [int64], Size: [int64], ArgMax: [int64], ArgMin: [int64], NonZero: [int64], NonMaxSuppression: [int64], TopK: [null, int64], MaxPool: [null, int64], Dropout: [null, bool], Unique: [null, int64, int64, int64],
  Equal: [bool], Greater: [bool], GreaterOrEqual: [bool], Less: [bool], LessOrEqual: [bool], And: [bool], Or: [bool], Xor: [bool], Not: [bool], IsNaN: [bool], IsInf: [bool],
  DynamicQuantizeLinear: [uint8, float32, uint8], MatMulInteger: [int32], ConvInteger: [int32], QLinearConv: [null], QLinearMatMul: [null], StringNormalizer: [null], TfIdfVectorizer: [float32],
};

function elemType(info: ValueInfoProto): number | undefined {
  const value = info.type?.value;
  return value?.case === 'tensorType' ? value.value.elemType : undefined;
}

function outputTypes(node: NodeProto, typeOf: (name: string) => number | undefined, inner: ReadonlyMap<GraphProto, ValueTypes>): (number | undefined)[] {
  const input = (position: number): number | undefined => typeOf(node.input[position] ?? '');
  if (!isStandard(node)) return [];
  switch (node.opType) {
    case 'Constant': return [constantOf(node)?.dataType];
    case 'ConstantOfShape': return [attributeOf(node, 'value')?.t?.dataType ?? float32];
    case 'Cast': return [intAttribute(node, 'to', 0)];
    case 'CastLike': case 'Where': return [input(1)];
    case 'OneHot': return [input(2)];
    case 'EyeLike': case 'RandomNormalLike': case 'RandomUniformLike': case 'Bernoulli': return [intAttribute(node, 'dtype', 0) || input(0)];
    case 'RandomNormal': case 'RandomUniform': return [intAttribute(node, 'dtype', float32)];
    case 'Multinomial': return [intAttribute(node, 'dtype', int32)];
    case 'QuantizeLinear': return [input(2) ?? uint8];
    case 'DequantizeLinear': return [input(1)];
    case 'QLinearConv': case 'QLinearMatMul': return [input(7)];
    case 'If': case 'Loop': case 'Scan': {
      const [body] = subgraphsOf(node);
      // A Loop's body gives first whether to go on.
      const given = body?.output.slice(node.opType === 'Loop' ? 1 : 0).map((output) => inner.get(body)?.get(output.name) ?? elemType(output));
      return given ?? [];
    }
    default: return node.output.map((_, position) => FIXED[node.opType]?.[position] ?? input(0));
  }
}

/** Tells the element type of every value it can, in a model's graph and those inside it: from declarations, constants and what operators do. */
export function valueTypes(graph: GraphProto): Map<GraphProto, ValueTypes> {
  const all = new Map<GraphProto, Map<string, number>>();
  const scopes = new Map(allScopes(graph).map((scope) => [scope.graph, scope]));
  const visit = (scope: Scope): void => {
    const types = new Map<string, number>();
    all.set(scope.graph, types);
    const note = (name: string, type: number | undefined): void => { if (name !== '' && type !== undefined && type !== 0) types.set(name, type); };
    const typeOf = (name: string): number | undefined => {
      for (let at: Scope | null = scope; at !== null; at = at.outer) {
        const found = all.get(at.graph)?.get(name);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    for (const tensor of scope.graph.initializer) note(tensor.name, tensor.dataType);
    for (const info of [...scope.graph.valueInfo, ...scope.graph.input, ...scope.graph.output]) note(info.name, elemType(info));
    for (const node of scope.graph.node) {
      for (const inner of subgraphsOf(node)) {
        const innerScope = scopes.get(inner);
        if (innerScope !== undefined) visit(innerScope);
      }
      for (const [position, type] of outputTypes(node, typeOf, all).entries()) note(node.output[position] ?? '', type);
    }
  };
  const top = scopes.get(graph);
  if (top !== undefined) visit(top);
  return all;
}
