import { settleInitializers, writeModel, type OnnxModel } from '../onnx/model.ts';
import { raiseOpset } from '../onnx/opset.ts';
import { assertSameFunction } from './same-function.ts';
import type { Tally } from './tally.ts';
import type { Workbench } from './workbench.ts';

/** Raises the model to the operator set a recipe needs, and sees by running it that it still answers as its parent does. Throws OnnxError and RecipeError. */
export async function raiseChecked(model: OnnxModel, least: number, workbench: Workbench, tally: Tally): Promise<void> {
  settleInitializers(model);
  const from = raiseOpset(model, least);
  if (from === null) return;
  tally.note(`operator set raised from ${from} to ${least}`);
  await assertSameFunction(writeModel(model), workbench, `raised from opset ${from} to ${least}`, 'export it with opset 13 or later');
}
