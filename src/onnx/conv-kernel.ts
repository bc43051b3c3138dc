import { attributeOf, intAttribute, isStandard, textAttribute } from './node.ts';
import { NewNames, type Scope } from './graph.ts';
import { dimsOf, floatTensor, floatValues } from './tensor.ts';
import { DATA_TYPE } from './data-type.ts';
import type { NodeProto } from './schema.ts';

interface Kernel {
  readonly dims: readonly number[];
  /** Outputs of each group, inputs of each group and the kernel's positions, row by row. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly groups: number;
  changed: boolean;
}

/** y = x · factor + shift, one of each for every channel. */
export interface ChannelAffine {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
}

/** The Convs of one graph whose kernel and bias are constant float32 numbers, and what arithmetic around them makes of those. Nothing is written before `store`. */
export class ConvKernels {
  readonly #scope: Scope;
  readonly #kernels = new Map<NodeProto, Kernel | null>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** Null for another node, or a Conv whose kernel is computed. */
  shapeOf(node: NodeProto): { readonly inputs: number; readonly outputs: number; readonly spatial: number } | null {
    const kernel = this.#kernel(node);
    return kernel === null ? null : { inputs: (kernel.dims[1] ?? 0) * kernel.groups, outputs: kernel.dims[0] ?? 0, spatial: kernel.dims.length - 2 };
  }

  /** What comes behind the Conv goes into it: W' = W · factor, b' = b · factor + shift, by output channel. */
  absorbBehind(node: NodeProto, { factor, shift }: ChannelAffine): void {
    const kernel = this.#kernel(node);
    if (kernel === null) return;
    const each = kernel.weights.length / kernel.bias.length;
    for (const i of kernel.weights.keys()) kernel.weights[i] = (kernel.weights[i] ?? 0) * (factor[Math.floor(i / each)] ?? 1);
    for (const i of kernel.bias.keys()) kernel.bias[i] = (kernel.bias[i] ?? 0) * (factor[i] ?? 1) + (shift[i] ?? 0);
    kernel.changed = true;
  }

  /** What comes before the Conv goes into it: W' = W · factor by input channel, b' = b + Σ W · shift. A shift is right only where the Conv does not pad with zeros. */
  absorbBefore(node: NodeProto, { factor, shift }: ChannelAffine): void {
    const kernel = this.#kernel(node);
    if (kernel === null) return;
    const { weights, bias, dims, groups } = kernel;
    const perGroup = dims[1] ?? 1;
    const positions = dims.slice(2).reduce((product, size) => product * size, 1);
    const outputsPerGroup = bias.length / groups;
    for (const [i, weight] of weights.entries()) {
      const output = Math.floor(i / (perGroup * positions));
      const input = Math.floor(output / outputsPerGroup) * perGroup + Math.floor(i / positions) % perGroup;
      bias[output] = (bias[output] ?? 0) + weight * (shift[input] ?? 0);
      weights[i] = weight * (factor[input] ?? 1);
    }
    kernel.changed = true;
  }

  /** Writes what changed as new constants, rounded to float32 once. */
  store(names: NewNames): void {
    for (const [node, kernel] of this.#kernels) {
      if (kernel === null || !kernel.changed) continue;
      const base = node.output[0] ?? node.name;
      const [weight, bias] = [names.make(`${base}_folded_weight`), names.make(`${base}_folded_bias`)];
      this.#scope.graph.initializer.push(floatTensor(weight, kernel.dims, kernel.weights), floatTensor(bias, [kernel.bias.length], kernel.bias));
      node.input = [node.input[0] ?? '', weight, bias];
    }
  }

  #kernel(node: NodeProto): Kernel | null {
    const known = this.#kernels.get(node);
    if (known !== undefined) return known;
    const kernel = this.#read(node);
    this.#kernels.set(node, kernel);
    return kernel;
  }

  #read(node: NodeProto): Kernel | null {
    if (node.opType !== 'Conv' || !isStandard(node)) return null;
    const [, weightName = '', biasName = ''] = node.input;
    const tensor = this.#scope.weight(weightName)?.weight.tensor;
    if (tensor?.dataType !== DATA_TYPE.float32) return null;
    const weights = floatValues(tensor);
    const dims = dimsOf(tensor);
    const biasTensor = biasName === '' ? null : this.#scope.weight(biasName)?.weight.tensor;
    const bias = biasTensor === null ? new Float64Array(dims[0] ?? 0) : biasTensor?.dataType === DATA_TYPE.float32 ? floatValues(biasTensor) : null;
    return weights === null || bias === null || bias.length !== dims[0] ? null : { dims, weights, bias, groups: intAttribute(node, 'group', 1), changed: false };
  }
}

/** True when the Conv reads nothing but its input: no zeros around it. */
export function isUnpadded(node: NodeProto): boolean {
  const automatic = textAttribute(node, 'auto_pad', 'NOTSET');
  return automatic === 'VALID' || (automatic === 'NOTSET' && (attributeOf(node, 'pads')?.ints ?? []).every((pad) => pad === 0n));
}
