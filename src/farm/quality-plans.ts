import type { Suite } from '../domain/suite.ts';
import type { ModelFileContext } from '../harness/model-file.ts';
import { calibrationSamples } from '../quality/calibration.ts';
import { datasetFacts } from '../quality/plan.ts';
import { openProtocol } from '../quality/protocol.ts';
import { QualityError } from '../quality/quality-error.ts';
import { openCalibration, sampleFiles } from '../recipe/calibration-source.ts';
import { RecipeError } from '../recipe/recipe-error.ts';
import { chooseRecipe } from '../recipe/registry.ts';
import type { RunSpec } from './run-spec.ts';

/** Opens every data set that the suite names, checks its files, and binds its steps. Throws QualityError. */
export async function planQuality(suite: Suite, context: ModelFileContext): Promise<RunSpec['quality']> {
  const plans: RunSpec['quality'] = {};
  for (const model of suite.models) {
    if (model.quality === undefined) continue;
    try {
      const protocol = await openProtocol(model, model.quality, context);
      const calibration = await calibrationSamples(model, async ({ recipe, calibration: folders }) => {
        if (recipe === undefined) return [];
        const { id, ...parameters } = recipe;
        return chooseRecipe(id, parameters).calibrated ? sampleFiles(await openCalibration(model, folders ?? {}, context.suiteFolder)) : [];
      });
      plans[model.id] = { data: datasetFacts(protocol), protocolSha256: protocol.sha256, calibration };
    } catch (error) {
      // What is wrong with calibration files is told by the variant that needs them.
      if (error instanceof RecipeError) throw new QualityError('data', `models[${model.id}]: ${error.message}`, { cause: error });
      throw error;
    }
  }
  return plans;
}

/** What is no longer as it was when the run began, in words; null when a resumed run may add to it. */
export async function changedData(spec: RunSpec, context: ModelFileContext): Promise<string | null> {
  for (const model of spec.suite.models) {
    const plan = spec.quality[model.id];
    if (plan === undefined || model.quality === undefined) continue;
    try {
      const { sha256 } = await openProtocol(model, model.quality, context);
      if (sha256 !== plan.protocolSha256) return `the data set of ${model.id}, or a file that its steps name, is another one`;
    } catch (error) {
      if (!(error instanceof QualityError)) throw error;
      return error.message;
    }
  }
  return null;
}
