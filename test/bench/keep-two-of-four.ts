/**
 * `node keep-two-of-four.ts INPUT OUTPUT`: a program of one's own for the recipe `exec`. Of every four weights in a row of a Conv or MatMul it keeps the two of greatest magnitude: the form of
 * pruning that GPUs with sparse tensor cores compute faster (Mishra et al. 2021, arXiv 2104.08378).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { replaceWeight } from '../../src/onnx/graph.ts';
import { readModel, settleInitializers, writeModel } from '../../src/onnx/model.ts';
import { dimsOf, floatTensor, floatValues } from '../../src/onnx/tensor.ts';
import { isTrainedWeight, usedWeights } from '../../src/onnx/weight-uses.ts';

const [input = '', output = ''] = process.argv.slice(2);
const model = readModel(readFileSync(input));
settleInitializers(model);
for (const { scope, weight, uses } of usedWeights(model.graph)) {
  const values = floatValues(weight.tensor);
  if (values === null || weight.tensor.dims.length < 2 || !uses.some(isTrainedWeight)) continue;
  for (let start = 0; start + 4 <= values.length; start += 4) {
    const order = [0, 1, 2, 3].toSorted((a, b) => Math.abs(values[start + a] ?? 0) - Math.abs(values[start + b] ?? 0));
    for (const place of order.slice(0, 2)) values[start + place] = 0;
  }
  replaceWeight(scope, weight, floatTensor(weight.tensor.name, dimsOf(weight.tensor), values));
}
writeFileSync(output, writeModel(model));
