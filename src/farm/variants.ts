import type { ModelSpec, Suite, VariantSpec } from '../domain/suite.ts';
import { LocalDevice } from '../device/local.ts';
import { resolveModelFile, type ModelFile, type ModelFileContext } from '../harness/model-file.ts';
import type { LaunchLimits } from '../measure/target.ts';
import { openCalibration } from '../recipe/calibration-source.ts';
import type { Lineage } from '../recipe/lineage.ts';
import { makeVariant } from '../recipe/make-variant.ts';
import { readParent } from '../recipe/model-source.ts';
import { chooseRecipe } from '../recipe/registry.ts';
import { Workbench } from '../recipe/workbench.ts';
import { builtInHarness, type Workplace } from './workplace.ts';

export interface VariantContext extends ModelFileContext {
  readonly workplace: Workplace;
  readonly limits: LaunchLimits;
  /** A variant (`model/variant`) is made by a recipe, which may take minutes. */
  readonly onMake: (key: string, recipe: string) => void;
}

/** Makes one variant of a suite on this host, or finds it in the cache. Throws RecipeError, OnnxError. */
async function make(model: ModelSpec, variant: VariantSpec, parent: ModelFile, context: VariantContext): Promise<ModelFile & { readonly lineage: Lineage }> {
  const { workplace, suiteFolder, signal, limits } = context;
  const { id, ...parameters } = variant.recipe ?? { id: '' };
  const recipe = chooseRecipe(id, parameters);
  const calibration = await openCalibration(model, variant.calibration ?? {}, suiteFolder);
  await using workbench = new Workbench({ device: new LocalDevice(), argv: builtInHarness(workplace), limits, parent, calibration, cacheFolder: workplace.cacheFolder, signal });
  const made = await makeVariant({ parent: await readParent(parent.path), recipe, calibration, workbench, baseFolder: suiteFolder, cacheFolder: workplace.cacheFolder, toolVersion: workplace.version, onMake: () => { context.onMake(`${model.id}/${variant.id}`, id); } });
  return { path: made.path, sha256: made.sha256, bytes: made.lineage.variant.content.bytes, source: `recipe ${id} from ${variant.from ?? ''}`, lineage: made.lineage };
}

/** The files of a suite's variants by `model/variant`, those of recipes made after what they start from. `onFault` gets what a variant could not be had for; what starts from it is not made either. */
export async function variantFiles(suite: Suite, context: VariantContext, onFault: (key: string, error: unknown) => void): Promise<Record<string, ModelFile & { lineage?: Lineage }>> {
  const files: Record<string, ModelFile & { lineage?: Lineage }> = {};
  for (const model of suite.models) {
    const waiting = [...model.variants];
    const settled = new Set<string>();
    while (waiting.length > 0) {
      const next = waiting.findIndex((variant) => variant.from === undefined || settled.has(variant.from));
      const [variant] = waiting.splice(Math.max(0, next), 1);
      if (variant === undefined) break;
      settled.add(variant.id);
      const key = `${model.id}/${variant.id}`;
      try {
        if (variant.file !== undefined) files[key] = await resolveModelFile({ ...variant, file: variant.file }, context);
        else {
          const parent = files[`${model.id}/${variant.from ?? ''}`];
          if (parent === undefined) throw new ParentMissingError(variant.from ?? '');
          files[key] = await make(model, variant, parent, context);
        }
      } catch (error) {
        context.signal.throwIfAborted();
        onFault(key, error);
      }
    }
  }
  return files;
}

/** A variant can't be made, because what it starts from is not there. */
export class ParentMissingError extends Error {
  override readonly name = 'ParentMissingError';
  constructor(from: string) {
    super(`it is made from the variant "${from}", which could not be had`);
  }
}
