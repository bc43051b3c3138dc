import * as z from 'zod';
import { DATA_TYPE } from '../onnx/data-type.ts';
import { allScopes, constantOf, NewNames, replaceWeight, type Scope, Scope as GraphScope } from '../onnx/graph.ts';
import { settleInitializers, writeModel, type OnnxModel } from '../onnx/model.ts';
import { intAttribute, isStandard, makeAttribute, makeNode, setAttributes, subgraphsOf } from '../onnx/node.ts';
import { dimsOf, floatTensor, floatValues, elementsOf } from '../onnx/tensor.ts';
import { valueTypes, type ValueTypes } from '../onnx/value-types.ts';
import { usedWeights, isTrainedWeight } from '../onnx/weight-uses.ts';
import type { GraphProto, NodeProto } from '../onnx/schema.ts';
import { blockReason, float16Fault, sizeNodes } from './fp16-blocks.ts';
import { observeRanges, type ObservedRange } from './observe.ts';
import type { Recipe } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import { Tally } from './tally.ts';

const { float32, float16 } = DATA_TYPE;

/** Turns a whole model to float16 inside, with float32 at the edges of each graph. */
class Float16Conversion {
  readonly #types: ReadonlyMap<GraphProto, ValueTypes>;
  readonly #names: NewNames;
  readonly #blocked = new Map<NodeProto, string>();
  readonly #tally: Tally;
  /** Values that are float16 now, by the graph that defines them. */
  readonly #half = new Map<GraphProto, Set<string>>();

  constructor(model: OnnxModel, ranges: ReadonlyMap<string, ObservedRange>, tally: Tally) {
    this.#types = valueTypes(model.graph);
    this.#names = new NewNames(model.graph);
    this.#tally = tally;
    for (const scope of allScopes(model.graph)) {
      const sizes = sizeNodes(scope);
      for (const node of scope.graph.node) {
        const reason = blockReason(node, scope, scope.outer === null ? ranges : new Map()) ?? (sizes.has(node) ? 'it computes sizes or indices' : null);
        if (reason !== null && constantOf(node) === null) this.#blocked.set(node, reason);
      }
    }
    this.#convertWeights(model.graph);
    this.#convertGraph(new GraphScope(model.graph, null));
  }

  /** Constants become float16 when a node that computes in float16 takes them. */
  #convertWeights(graph: GraphProto): void {
    for (const { scope, weight, uses, output } of usedWeights(graph)) {
      const { tensor } = weight;
      if (tensor.dataType !== float32 || output || float16Fault(tensor) !== null || !uses.some(({ node }) => !this.#blocked.has(node))) continue;
      const values = floatValues(tensor);
      if (values === null) continue;
      if (weight.kind === 'constant') weight.node.attribute = [makeAttribute('value', floatTensor('', dimsOf(tensor), values, 'float16'))];
      else replaceWeight(scope, weight, floatTensor(tensor.name, dimsOf(tensor), values, 'float16'));
      this.#halves(scope.graph).add(weight.name);
    }
  }

  #halves(graph: GraphProto): Set<string> {
    const known = this.#half.get(graph) ?? new Set<string>();
    this.#half.set(graph, known);
    return known;
  }

  #owner(scope: Scope, name: string): Scope | null {
    for (let at: Scope | null = scope; at !== null; at = at.outer) if (at.defines(name) || at.graph.initializer.some((tensor) => tensor.name === name)) return at;
    return null;
  }

  #isHalf(scope: Scope, name: string): boolean {
    const owner = this.#owner(scope, name);
    return owner !== null && this.#half.get(owner.graph)?.has(name) === true;
  }

  #isFloat(scope: Scope, name: string): boolean {
    const owner = this.#owner(scope, name);
    return owner !== null && this.#types.get(owner.graph)?.get(name) === float32;
  }

  #convertGraph(scope: Scope): void {
    const { graph } = scope;
    const halves = this.#halves(graph);
    const nodes: NodeProto[] = [];
    const casts = new Map<string, string>();
    const cast = (name: string, to: number): string => {
      const key = `${to}\n${name}`;
      const known = casts.get(key);
      if (known !== undefined) return known;
      const made = this.#names.make(`${name}_${to === float16 ? 'fp16' : 'fp32'}`);
      nodes.push(makeNode({ opType: 'Cast', input: [name], output: [made], attributes: { to: BigInt(to) } }));
      casts.set(key, made);
      return made;
    };
    for (const node of graph.node) {
      const floats = [...node.input, ...node.output].some((name) => this.#isFloat(scope, name));
      for (const inner of subgraphsOf(node)) this.#convertGraph(new GraphScope(inner, scope));
      const blocked = this.#blocked.get(node);
      if (blocked !== undefined || !isStandard(node)) {
        if (floats || subgraphsOf(node).length > 0) this.#tally.keep(node.opType, blocked ?? 'not a standard operator');
        node.input = node.input.map((name) => (name !== '' && this.#isHalf(scope, name) ? cast(name, float32) : name));
      } else if (constantOf(node) === null && floats) {
        this.#tally.convert(node.opType);
        if (node.opType === 'Cast') {
          if (intAttribute(node, 'to', 0) === float32) setAttributes(node, [], { to: BigInt(float16) });
        } else node.input = node.input.map((name) => (name !== '' && this.#isFloat(scope, name) && !this.#isHalf(scope, name) ? cast(name, float16) : name));
        if (node.opType === 'ConstantOfShape') {
          const value = node.attribute.find((attribute) => attribute.name === 'value')?.t;
          setAttributes(node, [], { value: floatTensor('', [1], value === undefined ? [0] : (floatValues(value) ?? [0]), 'float16') });
        }
        for (const name of node.output) if (name !== '' && this.#isFloat(scope, name)) halves.add(name);
      }
      nodes.push(node);
    }
    graph.node = nodes;
    this.#closeEdges(scope, halves);
    for (const info of graph.valueInfo) {
      const value = info.type?.value;
      if (halves.has(info.name) && value?.case === 'tensorType') value.value.elemType = float16;
    }
  }

  /** What leaves a graph is float32: the value takes another name inside, and a Cast gives the old one. */
  #closeEdges(scope: Scope, halves: Set<string>): void {
    const { graph } = scope;
    for (const output of graph.output) {
      if (!this.#isHalf(scope, output.name)) continue;
      const producer = graph.node.find((node) => node.output.includes(output.name));
      if (producer === undefined) {
        // A name of a graph around it: the output itself takes a new name, which only its place tells apart.
        const made = this.#names.make(`${output.name}_fp32`);
        graph.node.push(makeNode({ opType: 'Cast', input: [output.name], output: [made], attributes: { to: BigInt(float32) } }));
        output.name = made;
        continue;
      }
      const inside = this.#names.make(`${output.name}_fp16`);
      for (const each of allScopes(graph)) for (const node of each.graph.node) node.input = node.input.map((name) => (name === output.name ? inside : name));
      producer.output = producer.output.map((name) => (name === output.name ? inside : name));
      halves.delete(output.name);
      halves.add(inside);
      graph.node.push(makeNode({ opType: 'Cast', input: [inside], output: [output.name], attributes: { to: BigInt(float32) } }));
    }
  }
}

/** Weights become float16, with a Cast back to float32 before they are used. */
function convertWeightsOnly(model: OnnxModel, minElements: number, tally: Tally): void {
  const names = new NewNames(model.graph);
  const before = new Map<GraphProto, NodeProto[]>();
  for (const { scope, weight, uses } of usedWeights(model.graph)) {
    const { tensor } = weight;
    const trained = uses.filter(isTrainedWeight);
    const values = tensor.dataType === float32 ? floatValues(tensor) : null;
    if (trained.length === 0 || values === null) continue;
    const fault = elementsOf(tensor) < minElements ? `its weights have fewer than ${minElements} elements` : float16Fault(tensor);
    for (const { node } of trained) if (fault === null) tally.convert(node.opType); else tally.keep(node.opType, fault);
    if (fault !== null) continue;
    const half = names.make(`${weight.name}_fp16`);
    scope.graph.initializer = scope.graph.initializer.filter((item) => item !== tensor);
    scope.graph.node = scope.graph.node.filter((node) => weight.kind !== 'constant' || node !== weight.node);
    scope.graph.initializer.push(floatTensor(half, dimsOf(tensor), values, 'float16'));
    before.set(scope.graph, [...(before.get(scope.graph) ?? []), makeNode({ opType: 'Cast', input: [half], output: [weight.name], attributes: { to: BigInt(float32) } })]);
  }
  for (const [graph, casts] of before) graph.node = [...casts, ...graph.node];
}

const parameters = z.strictObject({
  mode: z.enum(['compute', 'weights']).default('compute').describe('compute: weights and, where safe, arithmetic; weights: stored in float16, computed in float32'),
  minElements: z.int().nonnegative().default(256).describe('mode weights: smaller tensors stay float32'),
});

export const fp16: Recipe<z.output<typeof parameters>> = {
  id: 'fp16',
  revision: 1,
  summary: 'stores weights in 16-bit floating point, and computes in it where that is safe; inputs and outputs stay float32',
  expectation: 'about half the file; no less time on a CPU whose kernels compute in float32 (ONNX Runtime then inserts casts), less on GPUs and NPUs with float16 arithmetic',
  parameters,
  calibrated: ({ mode }) => mode === 'compute',
  apply: async (parent, { mode, minElements }, { workbench }) => {
    const model = parent.take();
    settleInitializers(model);
    const tally = new Tally();
    if (mode === 'weights') convertWeightsOnly(model, minElements, tally);
    else {
      const types = valueTypes(model.graph).get(model.graph);
      const values = model.graph.node.filter((node) => constantOf(node) === null).flatMap((node) => node.output.filter((name) => types?.get(name) === float32));
      const ranges = values.length === 0 ? new Map<string, ObservedRange>() : await observeRanges(parent.take(), values, workbench);
      const conversion = new Float16Conversion(model, ranges, tally);
      void conversion;
      if (allScopes(model.graph).length > 1) tally.note('ranges inside subgraphs (If, Loop, Scan) were not observed; the check of the whole model stands for them');
    }
    if (tally.convertedCount === 0) throw new RecipeError('nothing-to-do', 'no operator of the model can be converted to float16');
    return { bytes: writeModel(model), report: tally.report() };
  },
};
