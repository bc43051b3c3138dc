import { compareOutputs } from '../measure/parity.ts';
import { RecipeError } from './recipe-error.ts';
import type { Workbench } from './workbench.ts';

/** Runs a model that should compute what its parent computes, and compares as float32 is compared. `how` ends "the model answers otherwise when …". Throws RecipeError. */
export async function assertSameFunction(bytes: Uint8Array, workbench: Workbench, how: string, advice: string): Promise<void> {
  const outputs = await workbench.run(bytes, `the model does not run when ${how}`);
  const compared = compareOutputs(outputs, (await workbench.parent()).outputs, 'fp32', 'the parent');
  if (compared.kind === 'compared' && compared.parity.passed) return;
  const difference = compared.kind === 'compared' ? `relative error ${compared.parity.maxRelError.toPrecision(2)}` : compared.kind === 'mismatch' ? compared.message : `"${compared.output}" is not finite`;
  throw new RecipeError('model', `the model answers otherwise when ${how} (${difference}); ${advice}`);
}
