import { expect, test } from 'vitest';
import { Scope, useCounts } from '../../src/onnx/graph.ts';
import { makeNode, type NodeParts } from '../../src/onnx/node.ts';
import type { NodeProto } from '../../src/onnx/schema.ts';
import { rangeThatMatters } from '../../src/recipe/saturation.ts';
import { graph, graphAttribute, value } from '../fixtures/onnx/build.ts';

const gate: NodeParts = { opType: 'HardSigmoid', input: ['c'], output: ['g'], attributes: { alpha: 0.2, beta: 0.5 } };
const swish: NodeParts = { opType: 'Mul', input: ['c', 'g'], output: ['y'] };
const EVERYTHING = { min: -Infinity, max: Infinity };

function range(nodes: readonly (NodeParts | NodeProto)[], outputs: readonly string[] = ['y']): { readonly min: number; readonly max: number } {
  const main = graph({ nodes, outputs: outputs.map((name) => value(name, [1])) });
  return rangeThatMatters(new Scope(main, null), 'c', useCounts(main));
}

test('a gate alone matters between its shut and its open end, a hard swish from the shut end on', () => {
  const alone = range([gate], ['g']);
  expect(alone.min).toBeCloseTo(-2.5, 6);
  expect(alone.max).toBeCloseTo(2.5, 6);
  const both = range([gate, swish]);
  expect(both.min).toBeCloseTo(-2.5, 6);
  expect(both.max).toBe(Infinity);
});

test('what an output, another node or a branch also takes may matter anywhere', () => {
  expect(range([gate, swish], ['y', 'c'])).toEqual(EVERYTHING);
  expect(range([gate, swish, { opType: 'Relu', input: ['c'], output: ['z'] }])).toEqual(EVERYTHING);
  const branch = makeNode({ opType: 'If', input: ['yes'], output: ['z'] });
  branch.attribute.push(graphAttribute('then_branch', graph({ name: 'then', nodes: [{ opType: 'Neg', input: ['c'], output: ['t'] }], outputs: [value('t', [1])] })));
  expect(range([gate, swish, branch])).toEqual(EVERYTHING);
});
