import { ConvKernels, isUnpadded, type ChannelAffine } from './conv-kernel.ts';
import { allScopes, dropUnusedWeights, NewNames, Scope, useCounts } from './graph.ts';
import { floatAttribute, isStandard } from './node.ts';
import { dimsOf, floatTensor, floatValues } from './tensor.ts';
import { DATA_TYPE } from './data-type.ts';
import type { GraphProto, NodeProto } from './schema.ts';

/** A node that only scales and shifts its input by constants, by channel. */
interface AffineNode extends ChannelAffine {
  readonly input: string;
}

/** One number for each channel of an array with `spatial` axes behind its channels, or null when the constant has another form. */
function byChannel(scope: Scope, name: string, channels: number, spatial: number): Float64Array | null {
  const tensor = name === '' ? undefined : scope.weight(name)?.weight.tensor;
  const values = tensor?.dataType === DATA_TYPE.float32 ? floatValues(tensor) : null;
  if (tensor === undefined || values === null || tensor.dims.length > spatial + 2) return null;
  if (values.length === 1) return new Float64Array(channels).fill(values[0] ?? 0);
  const dims = [...Array.from({ length: spatial + 2 - tensor.dims.length }, () => 1), ...dimsOf(tensor)];
  return values.length === channels && dims[1] === channels ? values : null;
}

function affineOf(scope: Scope, node: NodeProto, channels: number, spatial: number): AffineNode | null {
  if (!isStandard(node)) return null;
  const [first = '', second = ''] = node.input;
  const ones = (): Float64Array => new Float64Array(channels).fill(1);
  const zeros = (): Float64Array => new Float64Array(channels);
  const right = byChannel(scope, second, channels, spatial);
  switch (node.opType) {
    case 'Mul': case 'Add': {
      const left = right === null ? byChannel(scope, first, channels, spatial) : null;
      const constant = right ?? left;
      if (constant === null) return null;
      const input = right === null ? second : first;
      return node.opType === 'Mul' ? { input, factor: constant, shift: zeros() } : { input, factor: ones(), shift: constant };
    }
    case 'Sub': return right === null ? null : { input: first, factor: ones(), shift: right.map((value) => -value) };
    case 'Div': return right === null || right.includes(0) ? null : { input: first, factor: right.map((value) => 1 / value), shift: zeros() };
    case 'BatchNormalization': {
      if (node.output.filter((name) => name !== '').length > 1) return null;
      const [gamma, beta, mean, variance] = node.input.slice(1).map((name) => floatValues(scope.weight(name)?.weight.tensor ?? floatTensor('', [0], [])));
      if (gamma?.length !== channels || beta?.length !== channels || mean?.length !== channels || variance?.length !== channels) return null;
      const epsilon = floatAttribute(node, 'epsilon', 1e-5);
      const factor = gamma.map((value, channel) => value / Math.sqrt((variance[channel] ?? 0) + epsilon));
      return { input: first, factor, shift: beta.map((value, channel) => value - (mean[channel] ?? 0) * (factor[channel] ?? 0)) };
    }
    default: return null;
  }
}

/** Folds in one graph. */
class AffineFold {
  readonly #scope: Scope;
  readonly #uses: ReadonlyMap<string, number>;
  readonly #names: NewNames;
  readonly #kernels: ConvKernels;
  readonly #dropped = new Set<NodeProto>();
  readonly #producers = new Map<string, NodeProto>();

  constructor(scope: Scope, uses: ReadonlyMap<string, number>, names: NewNames) {
    this.#scope = scope;
    this.#uses = uses;
    this.#names = names;
    this.#kernels = new ConvKernels(scope);
    for (const node of scope.graph.node) for (const name of node.output) this.#producers.set(name, node);
    for (const node of scope.graph.node) this.#foldBehind(node);
    for (const node of scope.graph.node) this.#foldBefore(node);
    this.#kernels.store(names);
    scope.graph.node = scope.graph.node.filter((node) => !this.#dropped.has(node));
  }

  get folded(): number {
    return this.#dropped.size;
  }

  #only(value: string): NodeProto | null {
    return this.#uses.get(value) === 1 ? (this.#producers.get(value) ?? null) : null;
  }

  /** Conv, then arithmetic: into the Conv before it. */
  #foldBehind(node: NodeProto): void {
    for (const value of node.input) {
      const conv = value === '' ? null : this.#only(value);
      const shape = conv === null ? null : this.#kernels.shapeOf(conv);
      const affine = shape === null ? null : affineOf(this.#scope, node, shape.outputs, shape.spatial);
      if (conv === null || affine?.input !== value) continue;
      this.#kernels.absorbBehind(conv, affine);
      conv.output = node.output.slice(0, 1);
      this.#producers.set(node.output[0] ?? '', conv);
      this.#dropped.add(node);
      return;
    }
  }

  /** Arithmetic, then Conv: into the Conv behind it. */
  #foldBefore(conv: NodeProto): void {
    const shape = this.#kernels.shapeOf(conv);
    if (shape === null) return;
    const affineAt = (value: string): { readonly node: NodeProto; readonly affine: AffineNode } | null => {
      const node = this.#only(value);
      const affine = node === null || this.#dropped.has(node) ? null : affineOf(this.#scope, node, shape.inputs, shape.spatial);
      return node === null || affine === null ? null : { node, affine };
    };
    for (let found = affineAt(conv.input[0] ?? ''); found !== null; found = affineAt(conv.input[0] ?? '')) {
      const { node, affine } = found;
      if (isUnpadded(conv) || affine.shift.every((value) => value === 0)) {
        this.#kernels.absorbBefore(conv, affine);
        this.#dropped.add(node);
        conv.input[0] = affine.input;
        continue;
      }
      // Zeros around the picture are not shifted, so a shift stays; a factor before it goes past it: x·f + s = (x + s/f)·f.
      const before = affineAt(affine.input);
      if (node.opType !== 'Add' || before === null || before.affine.shift.some((value) => value !== 0) || before.affine.factor.includes(0)) return;
      const { factor } = before.affine;
      const shift = floatTensor(this.#names.make(`${node.output[0] ?? ''}_shift`), [1, shape.inputs, ...Array.from({ length: shape.spatial }, () => 1)], affine.shift.map((value, channel) => value / (factor[channel] ?? 1)));
      this.#scope.graph.initializer.push(shift);
      this.#kernels.absorbBefore(conv, { factor, shift: new Float64Array(shape.inputs) });
      this.#dropped.add(before.node);
      node.input = [before.affine.input, shift.name];
      return;
    }
  }
}

/**
 * Folds BatchNormalization and constant factors and shifts (Mul, Add, Sub, Div; one number, or one a channel) into the Conv before or behind them, where nothing else takes the
 * value between: the same function with fewer passes over memory. Gives how many nodes went.
 */
export function foldAffine(graph: GraphProto): number {
  const names = new NewNames(graph);
  const uses = useCounts(graph);
  let folded = 0;
  for (const scope of allScopes(graph)) folded += new AffineFold(scope, uses, names).folded;
  if (folded > 0) dropUnusedWeights(graph);
  return folded;
}
