import * as z from 'zod';
import { DATA_TYPE } from '../onnx/data-type.ts';
import { replaceWeight } from '../onnx/graph.ts';
import { settleInitializers, writeModel } from '../onnx/model.ts';
import { dimsOf, floatTensor, floatValues } from '../onnx/tensor.ts';
import { isTrainedWeight, usedWeights } from '../onnx/weight-uses.ts';
import type { Recipe } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import { Tally } from './tally.ts';

/** Sets the `count` values of least magnitude over all arrays to zero; of equal magnitudes the first go first. */
export function zeroSmallest(arrays: readonly Float64Array[], count: number): void {
  if (count <= 0) return;
  const magnitudes = new Float64Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) for (const value of array) magnitudes[at++] = Math.abs(value);
  const threshold = magnitudes.sort()[count - 1] ?? 0;
  let below = 0;
  for (const array of arrays) for (const value of array) if (Math.abs(value) < threshold) below++;
  let ties = count - below;
  for (const array of arrays) {
    for (const [i, value] of array.entries()) {
      const magnitude = Math.abs(value);
      if (magnitude < threshold || (magnitude === threshold && ties-- > 0)) array[i] = 0;
    }
  }
}

const parameters = z.strictObject({
  sparsity: z.number().min(0.01).max(0.99).default(0.5).describe('share of the weights that become zero'),
  scope: z.enum(['global', 'layer']).default('global').describe('least magnitudes over the whole model, or in each layer by itself'),
});

export const prune: Recipe<z.output<typeof parameters>> = {
  id: 'prune',
  revision: 1,
  summary: 'sets the weights of least magnitude to zero',
  expectation: 'zeros are stored and computed like any number: neither a smaller file nor less time on a runtime without sparse kernels, only a file that compresses better',
  parameters,
  calibrated: () => false,
  apply: async (parent, { sparsity, scope }) => {
    const model = parent.take();
    settleInitializers(model);
    const tally = new Tally();
    const layers = [];
    for (const used of usedWeights(model.graph)) {
      const uses = used.uses.filter(isTrainedWeight);
      const [first] = uses;
      const { tensor } = used.weight;
      if (first === undefined || tensor.dims.length < 2) continue;
      const values = tensor.dataType === DATA_TYPE.float32 ? floatValues(tensor) : null;
      if (values === null) {
        for (const { node } of uses) tally.keep(node.opType, 'its weights are not float32');
        continue;
      }
      for (const { node } of uses) tally.convert(node.opType);
      layers.push({ used, values });
    }
    if (layers.length === 0) throw new RecipeError('nothing-to-do', 'the model has no float32 weights of Conv, MatMul, Gemm, Gather or recurrent operators to prune');
    if (scope === 'global') zeroSmallest(layers.map(({ values }) => values), Math.round(sparsity * layers.reduce((sum, { values }) => sum + values.length, 0)));
    else for (const { values } of layers) zeroSmallest([values], Math.round(sparsity * values.length));
    for (const { used, values } of layers) replaceWeight(used.scope, used.weight, floatTensor(used.weight.tensor.name, dimsOf(used.weight.tensor), values));
    return { bytes: writeModel(model), report: tally.report() };
  },
};
