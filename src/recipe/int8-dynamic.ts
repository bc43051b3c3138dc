import * as z from 'zod';
import { DATA_TYPE } from '../onnx/data-type.ts';
import { allScopes, dropUnusedWeights, NewNames, type Scope } from '../onnx/graph.ts';
import { writeModel } from '../onnx/model.ts';
import { floatAttribute, intAttribute, isStandard, makeNode, type NodeParts } from '../onnx/node.ts';
import { constantInput } from '../onnx/opset.ts';
import { dimsOf, floatTensor, floatValues, integerTensor } from '../onnx/tensor.ts';
import type { NodeProto, TensorProto } from '../onnx/schema.ts';
import { quantizeWeights } from './quantize.ts';
import { raiseChecked } from './raise.ts';
import type { Recipe } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import { Tally } from './tally.ts';

/** DynamicQuantizeLinear is there from this operator set on. */
const OPSET = 11;
const OPERATORS = ['MatMul', 'Gemm', 'Conv', 'Gather'] as const;

const parameters = z.strictObject({
  ops: z.union([z.enum(OPERATORS), z.array(z.enum(OPERATORS)).min(1)]).transform((ops) => (Array.isArray(ops) ? [...new Set(ops)].sort() : [ops])).default(['Gather', 'Gemm', 'MatMul'])
    .describe('which operators; Conv (ConvInteger) is slower than float32 on most CPUs and has to be asked for'),
  bits: z.int().min(2).max(8).default(8).describe('bits of each weight; 7 avoids saturation on x64 CPUs without VNNI'),
  minElements: z.int().nonnegative().default(256).describe('operators with fewer weights stay float32'),
});

/** Why a node can't be converted, or its weights. */
type Found = { readonly kind: 'no'; readonly reason: string } | { readonly kind: 'weights'; readonly tensor: TensorProto; readonly values: Float64Array; readonly dims: readonly number[] };

function weightsOf(node: NodeProto, scope: Scope, minElements: number): Found {
  const no = (reason: string): Found => ({ kind: 'no', reason });
  const tensor = constantInput(scope, node, node.opType === 'Gather' ? 0 : 1);
  if (tensor === null) return no(node.opType === 'MatMul' ? 'both sides change from input to input' : 'its weights are computed');
  const values = tensor.dataType === DATA_TYPE.float32 ? floatValues(tensor) : null;
  const dims = dimsOf(tensor);
  if (values === null) return no(node.opType === 'Gather' ? 'it looks up no float32 numbers' : 'its weights are not float32');
  if (values.length < minElements) return no(`its weights have fewer than ${minElements} elements`);
  if (node.opType === 'Gather' && (intAttribute(node, 'axis', 0) !== 0 || dims.length !== 2)) return no('it looks up something other than the rows of a matrix');
  if (node.opType === 'MatMul' && dims.length !== 2) return no('its weights are not one matrix');
  if (node.opType === 'Gemm' && intAttribute(node, 'transA', 0) === 1) return no('its input is transposed');
  return { kind: 'weights', tensor, values, dims };
}

function transposed(values: Float64Array, [rows = 0, columns = 0]: readonly number[]): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] ?? 0;
  return result;
}

/** Rewrites the nodes of one graph. */
class DynamicRewrite {
  readonly #scope: Scope;
  readonly #names: NewNames;
  readonly #bits: number;
  readonly #nodes: NodeProto[] = [];
  /** Inputs that are quantized already in this graph: value -> its parts. */
  readonly #inputs = new Map<string, readonly [quantized: string, scale: string, zero: string]>();
  /** Weights that are quantized already: several nodes may share one. */
  readonly #stored = new Map<string, { readonly weight: string; readonly scale: string }>();

  constructor(scope: Scope, names: NewNames, bits: number) {
    this.#scope = scope;
    this.#names = names;
    this.#bits = bits;
  }

  run(convert: (node: NodeProto) => Found | null): void {
    for (const node of this.#scope.graph.node) {
      const found = convert(node);
      if (found === null || found.kind === 'no') this.#nodes.push(node);
      else if (node.opType === 'Gather') this.#gather(node, found);
      else if (node.opType === 'Conv') this.#conv(node, found);
      else this.#matMul(node, found);
    }
    this.#scope.graph.node = this.#nodes;
  }

  #add(parts: NodeParts): string {
    this.#nodes.push(makeNode(parts));
    return parts.output[0] ?? '';
  }

  #store(tensor: TensorProto): string {
    this.#scope.graph.initializer.push(tensor);
    return tensor.name;
  }

  #quantized(input: string): readonly [string, string, string] {
    const known = this.#inputs.get(input);
    if (known !== undefined) return known;
    const parts = [this.#names.make(`${input}_quantized`), this.#names.make(`${input}_scale`), this.#names.make(`${input}_zero`)] as const;
    this.#nodes.push(makeNode({ opType: 'DynamicQuantizeLinear', input: [input], output: parts }));
    this.#inputs.set(input, parts);
    return parts;
  }

  /** `form` tells apart two layouts of one shared weight. */
  #weight(name: string, form: string, make: () => { values: Int8Array | Uint8Array; dims: readonly number[]; scales: Float32Array; scaleDims: readonly number[] }): { readonly weight: string; readonly scale: string } {
    const key = `${form}\n${name}`;
    const known = this.#stored.get(key);
    if (known !== undefined) return known;
    const { values, dims, scales, scaleDims } = make();
    const stored = { weight: this.#store(integerTensor(this.#names.make(`${name}_int8`), dims, values)), scale: this.#store(floatTensor(this.#names.make(`${name}_scale`), scaleDims, scales)) };
    this.#stored.set(key, stored);
    return stored;
  }

  /** Scales the whole-number product: cast · (scale of the input · scale of the weights). */
  #scaled(base: string, product: string, inputScale: string, weightScale: string, output: string): void {
    const cast = this.#add({ opType: 'Cast', input: [product], output: [this.#names.make(`${base}_cast`)], attributes: { to: BigInt(DATA_TYPE.float32) } });
    const scale = this.#add({ opType: 'Mul', input: [inputScale, weightScale], output: [this.#names.make(`${base}_scale`)] });
    this.#add({ opType: 'Mul', input: [cast, scale], output: [output] });
  }

  #matMul(node: NodeProto, { values, dims }: Extract<Found, { kind: 'weights' }>): void {
    const [x = '', w = '', c = ''] = node.input;
    const [y = ''] = node.output;
    const gemm = node.opType === 'Gemm';
    const turned = gemm && intAttribute(node, 'transB', 0) === 1;
    const alpha = gemm ? floatAttribute(node, 'alpha', 1) : 1;
    const { weight, scale } = this.#weight(w, `${turned ? 'turned' : 'plain'} ${alpha}`, () => {
      const shape = turned ? [dims[1] ?? 0, dims[0] ?? 0] : dims;
      const quantized = quantizeWeights(turned ? transposed(values, dims) : values, shape, 1, this.#bits);
      return { values: quantized.values, dims: shape, scales: quantized.scales.map((each) => each * alpha), scaleDims: [quantized.scales.length] };
    });
    const [quantized, inputScale, zero] = this.#quantized(x);
    const product = this.#add({ opType: 'MatMulInteger', input: [quantized, weight, zero], output: [this.#names.make(`${y}_int32`)] });
    if (c === '') {
      this.#scaled(y, product, inputScale, scale, y);
      return;
    }
    const unbiased = this.#names.make(`${y}_unbiased`);
    this.#scaled(y, product, inputScale, scale, unbiased);
    const beta = floatAttribute(node, 'beta', 1);
    const bias = beta === 1 ? c : this.#add({ opType: 'Mul', input: [c, this.#store(floatTensor(this.#names.make(`${y}_beta`), [], [beta]))], output: [this.#names.make(`${y}_bias`)] });
    this.#add({ opType: 'Add', input: [unbiased, bias], output: [y] });
  }

  #conv(node: NodeProto, { values, dims }: Extract<Found, { kind: 'weights' }>): void {
    const [x = '', w = '', b = ''] = node.input;
    const [y = ''] = node.output;
    // One after the channels for each axis of the image.
    const ones = dims.slice(2).map(() => 1);
    const { weight, scale } = this.#weight(w, 'conv', () => {
      const quantized = quantizeWeights(values, dims, 0, this.#bits);
      // Unsigned around 128: ONNX Runtime 1.30 on x64 took three times as long for signed weights (PP-OCR orientation: 6.1 ms against 2.1).
      return { values: Uint8Array.from(quantized.values, (value) => value + 128), dims, scales: quantized.scales, scaleDims: [1, quantized.scales.length, ...ones] };
    });
    const weightZero = this.#store(integerTensor(this.#names.make(`${w}_zero`), [], Uint8Array.of(128)));
    const [quantized, inputScale, zero] = this.#quantized(x);
    const product = this.#names.make(`${y}_int32`);
    const integer = makeNode({ opType: 'ConvInteger', input: [quantized, weight, zero, weightZero], output: [product] });
    integer.attribute = node.attribute;
    this.#nodes.push(integer);
    if (b === '') {
      this.#scaled(y, product, inputScale, scale, y);
      return;
    }
    const unbiased = this.#names.make(`${y}_unbiased`);
    this.#scaled(y, product, inputScale, scale, unbiased);
    const shape = this.#store(integerTensor(this.#names.make(`${y}_bias_shape`), [2 + ones.length], BigInt64Array.from([1n, -1n, ...ones.map(BigInt)])));
    const bias = this.#add({ opType: 'Reshape', input: [b, shape], output: [this.#names.make(`${y}_bias`)] });
    this.#add({ opType: 'Add', input: [unbiased, bias], output: [y] });
  }

  /** Rows of an embedding table: whole numbers and their scale are looked up, then multiplied. */
  #gather(node: NodeProto, { values, dims }: Extract<Found, { kind: 'weights' }>): void {
    const [table = '', index = ''] = node.input;
    const [y = ''] = node.output;
    const { weight, scale } = this.#weight(table, 'rows', () => {
      const quantized = quantizeWeights(values, dims, 0, this.#bits);
      return { values: quantized.values, dims, scales: quantized.scales, scaleDims: [quantized.scales.length, 1] };
    });
    const rows = this.#add({ opType: 'Gather', input: [weight, index], output: [this.#names.make(`${y}_int8`)] });
    const scales = this.#add({ opType: 'Gather', input: [scale, index], output: [this.#names.make(`${y}_scale`)] });
    const cast = this.#add({ opType: 'Cast', input: [rows], output: [this.#names.make(`${y}_cast`)], attributes: { to: BigInt(DATA_TYPE.float32) } });
    this.#add({ opType: 'Mul', input: [cast, scales], output: [y] });
  }
}

export const int8Dynamic: Recipe<z.output<typeof parameters>> = {
  id: 'int8-dynamic',
  revision: 1,
  summary: 'multiplies matrices in 8-bit whole numbers; the range of each input is found while running (DynamicQuantizeLinear, MatMulInteger, ConvInteger)',
  expectation: 'about a quarter of the file where matrices and embeddings hold the weights; faster for large matrices (transformers), often slower for small ones, since each input is scanned first',
  parameters,
  calibrated: () => false,
  apply: async (parent, { ops, bits, minElements }, { workbench }) => {
    const model = parent.take();
    const tally = new Tally();
    await raiseChecked(model, OPSET, workbench, tally);
    const names = new NewNames(model.graph);
    const wanted: readonly string[] = ops;
    for (const scope of allScopes(model.graph)) {
      new DynamicRewrite(scope, names, bits).run((node) => {
        if (!isStandard(node) || !OPERATORS.some((op) => op === node.opType)) return null;
        if (!wanted.includes(node.opType)) {
          if (node.opType !== 'Gather') tally.keep(node.opType, 'it was not asked for (setting ops)');
          return null;
        }
        const found = weightsOf(node, scope, minElements);
        if (found.kind === 'weights') tally.convert(node.opType);
        else if (node.opType !== 'Gather' || found.reason.includes('fewer')) tally.keep(node.opType, found.reason);
        return found;
      });
    }
    if (tally.convertedCount === 0) throw new RecipeError('nothing-to-do', `int8-dynamic: the model has no ${ops.join(', ')} with constant float32 weights of ${minElements} elements or more to quantize${ops.includes('Conv') ? '' : '; Conv has to be asked for (ops=Conv+MatMul)'}`);
    dropUnusedWeights(model.graph);
    return { bytes: writeModel(model), report: tally.report() };
  },
};
