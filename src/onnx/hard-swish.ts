import { allScopes, dropUnusedWeights, useCounts, type Scope } from './graph.ts';
import { isStandard, makeNode } from './node.ts';
import { floatValues } from './tensor.ts';
import type { GraphProto, NodeProto } from './schema.ts';

/** The number that an input of a node always has. */
function numberOf(scope: Scope, name: string | undefined): number | null {
  const tensor = name === undefined || name === '' ? undefined : scope.weight(name)?.weight.tensor;
  const values = tensor === undefined ? null : floatValues(tensor);
  return values?.length === 1 ? (values[0] ?? null) : null;
}

/** The other input and the constant of an Add, Mul or Div with one number; null otherwise. */
function withNumber(scope: Scope, node: NodeProto | null, opType: string): { readonly input: string; readonly number: number } | null {
  if (node === null || node.opType !== opType || !isStandard(node)) return null;
  const [first = '', second = ''] = node.input;
  const right = numberOf(scope, second);
  if (right !== null) return { input: first, number: right };
  const left = opType === 'Div' ? null : numberOf(scope, first);
  return left === null ? null : { input: second, number: left };
}

/**
 * Writes x · clip(x + 3, 0, 6) / 6 as x · HardSigmoid(x, α = 1/6, β = 1/2): the same function (Howard et al. 2019, arXiv 1905.02244) in two passes over memory instead of four.
 * Clip's bounds must be inputs (opset 11). Gives how many were written so.
 */
export function writeHardSwish(graph: GraphProto): number {
  let written = 0;
  const uses = useCounts(graph);
  for (const scope of allScopes(graph)) {
    const only = (value: string | undefined): NodeProto | null => (value !== undefined && uses.get(value) === 1 ? scope.producer(value) : null);
    const replaced = new Map<NodeProto, readonly NodeProto[]>();
    for (const divided of scope.graph.node) {
      const quotient = withNumber(scope, divided, 'Div');
      const product = quotient?.number === 6 ? only(quotient.input) : null;
      if (product === null || product.opType !== 'Mul' || !isStandard(product)) continue;
      for (const [x = '', clipped = ''] of [product.input, product.input.toReversed()]) {
        const clip = only(clipped);
        if (clip?.opType !== 'Clip' || !isStandard(clip) || numberOf(scope, clip.input[1]) !== 0 || numberOf(scope, clip.input[2]) !== 6) continue;
        const sum = only(clip.input[0]);
        const raised = withNumber(scope, sum, 'Add');
        if (sum === null || raised?.number !== 3 || raised.input !== x) continue;
        for (const gone of [sum, product, divided]) replaced.set(gone, []);
        replaced.set(clip, [makeNode({ opType: 'HardSigmoid', input: [x], output: [clipped], attributes: { alpha: 1 / 6, beta: 0.5 } }), makeNode({ opType: 'Mul', input: [x, clipped], output: divided.output.slice(0, 1) })]);
        written++;
        break;
      }
    }
    scope.graph.node = scope.graph.node.flatMap((node) => replaced.get(node) ?? [node]);
  }
  if (written > 0) dropUnusedWeights(graph);
  return written;
}
