import * as z from 'zod';
import { DATA_TYPE, dataTypeName } from '../onnx/data-type.ts';
import { NewNames } from '../onnx/graph.ts';
import { writeModel } from '../onnx/model.ts';
import { makeNode } from '../onnx/node.ts';
import { dimsOf, elementsOf, floatTensor, floatValues, integerTensor } from '../onnx/tensor.ts';
import { channelAxis, isTrainedWeight, usedWeights } from '../onnx/weight-uses.ts';
import type { GraphProto, NodeProto } from '../onnx/schema.ts';
import { quantizeWeights } from './quantize.ts';
import { raiseChecked } from './raise.ts';
import type { Recipe } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import { Tally } from './tally.ts';

/** DequantizeLinear has an axis from this operator set on, and is there at all from the other. */
const OPSET = { channel: 13, tensor: 10 } as const;

const parameters = z.strictObject({
  bits: z.int().min(2).max(8).default(8).describe('bits of each weight; fewer than 8 are still stored in 8'),
  scales: z.enum(['channel', 'tensor']).default('channel').describe('a scale for each output channel, or one for the whole tensor'),
  minElements: z.int().nonnegative().default(256).describe('smaller tensors stay float32'),
});

export const int8Weights: Recipe<z.output<typeof parameters>> = {
  id: 'int8-weights',
  revision: 1,
  summary: 'stores weights in 8-bit whole numbers, and turns them back to float32 while running (DequantizeLinear)',
  expectation: 'about a quarter of the file; it computes in float32, so no less time, and some more where the runtime turns weights back at each inference',
  parameters,
  calibrated: () => false,
  apply: async (parent, { bits, scales, minElements }, { workbench }) => {
    const model = parent.take();
    const tally = new Tally();
    await raiseChecked(model, OPSET[scales], workbench, tally);
    const names = new NewNames(model.graph);
    const first = new Map<GraphProto, NodeProto[]>();
    for (const { scope, weight, uses } of usedWeights(model.graph)) {
      const { tensor } = weight;
      const trained = uses.filter(isTrainedWeight);
      const [use] = trained;
      if (use === undefined || tensor.dims.length < 2) continue;
      const values = tensor.dataType === DATA_TYPE.float32 ? floatValues(tensor) : null;
      const fault = values === null ? `its weights are ${dataTypeName(tensor.dataType)}` : elementsOf(tensor) < minElements ? `its weights have fewer than ${minElements} elements` : null;
      for (const { node } of trained) if (fault === null) tally.convert(node.opType); else tally.keep(node.opType, fault);
      if (values === null || fault !== null) continue;
      const dims = dimsOf(tensor);
      const axis = scales === 'channel' ? channelAxis(use, dims.length) : null;
      const quantized = quantizeWeights(values, dims, axis, bits);
      const [stored, scale, zero] = [names.make(`${weight.name}_int8`), names.make(`${weight.name}_scale`), names.make(`${weight.name}_zero`)];
      const scaleDims = axis === null ? [] : [quantized.scales.length];
      const { graph } = scope;
      graph.initializer = [...graph.initializer.filter((item) => item !== tensor), integerTensor(stored, dims, quantized.values), floatTensor(scale, scaleDims, quantized.scales), integerTensor(zero, scaleDims, new Int8Array(quantized.scales.length))];
      graph.node = graph.node.filter((node) => weight.kind !== 'constant' || node !== weight.node);
      first.set(graph, [...(first.get(graph) ?? []), makeNode({ opType: 'DequantizeLinear', input: [stored, scale, zero], output: [weight.name], ...(axis === null ? {} : { attributes: { axis: BigInt(axis) } }) })]);
    }
    for (const [graph, nodes] of first) graph.node = [...nodes, ...graph.node];
    if (tally.convertedCount === 0) throw new RecipeError('nothing-to-do', `the model has no float32 weights of ${minElements} elements or more in Conv, MatMul, Gemm, Gather or recurrent operators to quantize`);
    return { bytes: writeModel(model), report: tally.report() };
  },
};
