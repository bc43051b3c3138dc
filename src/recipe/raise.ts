import { settleInitializers, writeModel, type OnnxModel } from '../onnx/model.ts';
import { raiseOpset } from '../onnx/opset.ts';
import { compareOutputs } from '../measure/parity.ts';
import { RecipeError } from './recipe-error.ts';
import type { Tally } from './tally.ts';
import type { Workbench } from './workbench.ts';

/** Raises the model to the operator set a recipe needs, and sees by running it that it still answers as its parent does. Throws OnnxError and RecipeError. */
export async function raiseChecked(model: OnnxModel, least: number, workbench: Workbench, tally: Tally): Promise<void> {
  settleInitializers(model);
  const from = raiseOpset(model, least);
  if (from === null) return;
  tally.note(`operator set raised from ${from} to ${least}`);
  const outputs = await workbench.run(writeModel(model), `the model does not run when raised from opset ${from} to ${least}`);
  const compared = compareOutputs(outputs, (await workbench.parent()).outputs, 'fp32', 'the parent');
  if (compared.kind !== 'compared' || !compared.parity.passed) {
    const how = compared.kind === 'compared' ? `relative error ${compared.parity.maxRelError.toPrecision(2)}` : compared.kind === 'mismatch' ? compared.message : `"${compared.output}" is not finite`;
    throw new RecipeError('model', `the model answers otherwise when raised from opset ${from} to ${least} (${how}); export it with opset 13 or later`);
  }
}
