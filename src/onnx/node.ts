import { create } from '@bufbuild/protobuf';
import { AttributeSchema, NodeSchema, type AttributeProto, type GraphProto, type NodeProto, type TensorProto } from './schema.ts';

/** `AttributeProto.AttributeType`. */
const KIND = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7 } as const;

/** A number is a float, a bigint an int: as ONNX tells them apart. */
export type AttributeValue = number | bigint | string | readonly number[] | readonly bigint[] | TensorProto;

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

export function intAttribute(node: NodeProto, name: string, otherwise: number): number {
  const found = attributeOf(node, name);
  return found === undefined ? otherwise : Number(found.i);
}

export function floatAttribute(node: NodeProto, name: string, otherwise: number): number {
  return attributeOf(node, name)?.f ?? otherwise;
}

export function textAttribute(node: NodeProto, name: string, otherwise: string): string {
  const found = attributeOf(node, name);
  return found === undefined ? otherwise : new TextDecoder().decode(found.s);
}

export function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeSchema, { name, type: KIND.float, f: value });
  if (typeof value === 'bigint') return create(AttributeSchema, { name, type: KIND.int, i: value });
  if (typeof value === 'string') return create(AttributeSchema, { name, type: KIND.string, s: new TextEncoder().encode(value) });
  if ('$typeName' in value) return create(AttributeSchema, { name, type: KIND.tensor, t: value });
  return typeof value[0] === 'bigint' ? create(AttributeSchema, { name, type: KIND.ints, ints: value.map(BigInt) }) : create(AttributeSchema, { name, type: KIND.floats, floats: value.map(Number) });
}

export interface NodeParts {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** A node without a name unless one is given: names must differ in a file, and an empty one always may. */
export function makeNode({ opType, input, output, name, domain, attributes = {} }: NodeParts): NodeProto {
  return create(NodeSchema, {
    opType, input: [...input], output: [...output], name: name ?? '', ...(domain === undefined ? {} : { domain }),
    attribute: Object.entries(attributes).map(([key, value]) => makeAttribute(key, value)),
  });
}

/** Replaces attributes by others of the same node. */
export function setAttributes(node: NodeProto, drop: readonly string[], add: Readonly<Record<string, AttributeValue>> = {}): void {
  node.attribute = [...node.attribute.filter((attribute) => !drop.includes(attribute.name) && !Object.hasOwn(add, attribute.name)), ...Object.entries(add).map(([name, value]) => makeAttribute(name, value))];
}

/** The graphs inside a node: branches of If, bodies of Loop and Scan. */
export function subgraphsOf(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) => [...(attribute.g === undefined ? [] : [attribute.g]), ...attribute.graphs]);
}

/** True for the standard operator set. */
export function isStandard(node: NodeProto): boolean {
  return node.domain === '' || node.domain === 'ai.onnx';
}
