import type { LineageFacts, ModelFacts } from '../domain/run-report.ts';
import { referenceVariant } from '../domain/suite.ts';
import type { Lineage } from '../recipe/lineage.ts';
import type { RunSpec } from './run-spec.ts';

function lineageFacts({ recipe, variant, parent, converted, kept, notes, calibration }: Lineage): LineageFacts {
  return {
    recipe: recipe.id, parameters: JSON.stringify(recipe.parameters), expectation: recipe.expectation, bytes: variant.content.bytes, parentBytes: parent.content.bytes,
    bytesByType: variant.content.bytesByType, sparsity: variant.content.sparsity, parentSparsity: parent.content.sparsity, converted, kept, notes,
    calibration: calibration.used ? { kind: calibration.kind, samples: calibration.samples } : null,
  };
}

/** The models of a run's suite, with what recipes made of them. */
export function modelFacts({ suite, files }: RunSpec): readonly ModelFacts[] {
  return suite.models.map((model) => ({
    id: model.id, task: model.task ?? null, description: model.description ?? null, weights: model.weights, reference: referenceVariant(model)?.id ?? null,
    variants: model.variants.map((variant) => {
      const lineage = files[`${model.id}/${variant.id}`]?.lineage;
      return { id: variant.id, from: variant.from ?? null, precision: variant.precision, lineage: lineage === undefined ? null : lineageFacts(lineage) };
    }),
  }));
}
