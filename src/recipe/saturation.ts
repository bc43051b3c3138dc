import type { Scope } from '../onnx/graph.ts';
import { floatAttribute, isStandard } from '../onnx/node.ts';
import type { NodeProto } from '../onnx/schema.ts';
import type { Range } from './calibration-range.ts';

const EVERYTHING: Range = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/**
 * Where a value may lie and still make a difference to the nodes that take it: what is beyond can be cut off without any loss, and the steps of its 8 bits spent inside.
 * `uses`: how often each name is taken in the whole graph, subgraphs and outputs with it; a value that is also taken elsewhere than by this graph's nodes may matter anywhere.
 */
export function rangeThatMatters(scope: Scope, value: string, uses: ReadonlyMap<string, number>): Range {
  const takers = scope.graph.node.filter((node) => node.input.includes(value));
  const gate = takers.find((node) => node.opType === 'HardSigmoid' && isStandard(node));
  const takenHere = takers.reduce((count, node) => count + node.input.filter((name) => name === value).length, 0);
  if (gate === undefined || uses.get(value) !== takenHere) return EVERYTHING;
  const [alpha, beta] = [floatAttribute(gate, 'alpha', 0.2), floatAttribute(gate, 'beta', 0.5)];
  if (!(alpha > 0)) return EVERYTHING;
  const [zero, one] = [-beta / alpha, (1 - beta) / alpha];
  if (takers.length === 1) return { min: zero, max: one };
  // x · HardSigmoid(x), the hard swish: 0 wherever the gate is shut.
  const isSwish = (node: NodeProto): boolean => node.opType === 'Mul' && isStandard(node) && node.input.includes(gate.output[0] ?? '');
  return takers.every((node) => node === gate || isSwish(node)) ? { min: zero, max: Number.POSITIVE_INFINITY } : EVERYTHING;
}
