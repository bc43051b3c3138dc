import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ModelSpec } from '../domain/suite.ts';
import type { QualitySpec } from '../domain/quality.ts';
import { ModelFileError, resolveModelFile, type ModelFileContext } from '../harness/model-file.ts';
import type { Answer } from './answer.ts';
import { ANSWER_STEPS } from './answer/registry.ts';
import { openDataset, type Dataset } from './dataset-file.ts';
import { qualityMetric } from './metric/registry.ts';
import type { QualityMetric } from './metric/quality-metric.ts';
import { PREPARE_STEPS } from './prepare/registry.ts';
import type { Prepared } from './prepared.ts';
import { QualityError } from './quality-error.ts';
import { bindSteps, type StepContext } from './step.ts';

/** How one model's quality is measured, ready to use: its data checked, its steps bound. */
export interface QualityProtocol {
  readonly model: ModelSpec;
  readonly spec: QualitySpec;
  readonly dataset: Dataset;
  readonly prepare: ReadonlyMap<string, (value: Prepared) => Prepared>;
  readonly answer: (value: Answer) => Answer;
  readonly metrics: readonly QualityMetric[];
  /** Over data, steps, the files that steps name, and metrics: figures with the same hash may be compared. */
  readonly sha256: string;
}

/** Opens the data set and binds the steps of a model. Throws QualityError. */
export async function openProtocol(model: ModelSpec, spec: QualitySpec, context: ModelFileContext): Promise<QualityProtocol> {
  const dataset = await openDataset(spec.data, context.suiteFolder, spec.limit);
  const hash = createHash('sha256').update(JSON.stringify([dataset.sha256, spec.inputs, spec.answer, spec.metrics]));
  const steps: StepContext = {
    readFile: async (source) => {
      try {
        const { path, sha256 } = await resolveModelFile({ file: source }, context);
        hash.update(sha256);
        return await readFile(path);
      } catch (error) {
        if (error instanceof ModelFileError) throw new QualityError('step', `models[${model.id}].quality: ${error.message}`, { cause: error });
        throw error;
      }
    },
  };
  const prepare = new Map<string, (value: Prepared) => Prepared>();
  for (const [input, refs] of Object.entries(spec.inputs)) prepare.set(input, await bindSteps(PREPARE_STEPS, refs, steps));
  const answer = await bindSteps(ANSWER_STEPS, spec.answer, steps);
  return { model, spec, dataset, prepare, answer, metrics: spec.metrics.map(qualityMetric), sha256: hash.digest('hex') };
}
