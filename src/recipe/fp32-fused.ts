import * as z from 'zod';
import { constantsToInitializers } from '../onnx/constants.ts';
import { foldAffine } from '../onnx/fold-affine.ts';
import { writeHardSwish } from '../onnx/hard-swish.ts';
import { writeModel, type OnnxModel } from '../onnx/model.ts';
import { raiseChecked } from './raise.ts';
import type { Recipe } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';
import { assertSameFunction } from './same-function.ts';
import { Tally } from './tally.ts';
import type { Workbench } from './workbench.ts';

/** Clip has its bounds as inputs from this operator set on. */
const OPSET = 11;

/**
 * Operator fusion that keeps the function: fewer passes over memory, and an output worth quantizing right behind each Conv. The result is run beside the parent. Gives how many
 * nodes changed or went. Throws RecipeError.
 */
export async function fuseChecked(model: OnnxModel, workbench: Workbench, tally: Tally): Promise<number> {
  constantsToInitializers(model.graph);
  const activations = writeHardSwish(model.graph);
  if (activations > 0) tally.note(`${activations} hard swish of four nodes (Add, Clip, Mul, Div) written as HardSigmoid and Mul`);
  const folded = foldAffine(model.graph);
  if (folded > 0) tally.note(`${folded} BatchNormalization, Mul, Add, Sub and Div with constants folded into the Conv before or behind them`);
  if (activations + folded > 0) await assertSameFunction(writeModel(model), workbench, 'its constant arithmetic is folded into its convolutions', 'its weights may be too large or too small for float32; please report it');
  return activations + folded;
}

const parameters = z.strictObject({});

export const fp32Fused: Recipe<z.output<typeof parameters>> = {
  id: 'fp32-fused',
  revision: 1,
  summary: 'folds constant arithmetic into convolutions and writes activations in fewer nodes (operator fusion): the same function in float32',
  expectation: 'the same answers and about the same file; less time where the runtime does not fuse by itself',
  parameters,
  calibrated: () => false,
  apply: async (parent, _, { workbench }) => {
    const model = parent.take();
    const tally = new Tally();
    await raiseChecked(model, OPSET, workbench, tally);
    if (await fuseChecked(model, workbench, tally) === 0) throw new RecipeError('nothing-to-do', 'fp32-fused: the model has no constant arithmetic around a Conv and no hard swish to fuse');
    return { bytes: writeModel(model), report: tally.report() };
  },
};
