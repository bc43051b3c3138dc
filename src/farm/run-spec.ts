import * as z from 'zod';
import { PRESET_NAMES } from '../domain/preset.ts';
import { suiteSchema } from '../domain/suite.ts';
import { qualityPlanSchema } from '../quality/plan.ts';
import { lineageSchema } from '../recipe/lineage.ts';

/** Everything that fixes a run before its first launch, as the store keeps it: enough to resume or rebuild without the suite file. */
export const runSpecSchema = z.object({
  suite: suiteSchema,
  /** The suite file, null for the built-in one. */
  suitePath: z.string().nullable(),
  suiteFolder: z.string(),
  /** The lab's file that was in force, null without one. */
  configPath: z.string().nullable().default(null),
  preset: z.enum(PRESET_NAMES),
  seed: z.int(),
  /** Model files by `model/variant`; one that a recipe made carries where it comes from. */
  files: z.record(z.string(), z.object({ path: z.string(), sha256: z.string(), bytes: z.number(), source: z.string(), lineage: lineageSchema.optional() })),
  /** Ids of the units that an entry of the suite's `devices` stands for, where it is not one unit's own id. */
  units: z.record(z.string(), z.array(z.string())).default({}),
  /** Who the units were, where they can say. */
  identities: z.record(z.string(), z.string()).default({}),
  /** Harness commands by `unit/runtime`, with a hash over the files that they are made of, and the delegates that they offered there. */
  harnesses: z.record(z.string(), z.object({ argv: z.array(z.string()), sha256: z.string(), delegates: z.array(z.string()).default([]) })),
  /** What is fixed of the quality of models that have one, by model. */
  quality: z.record(z.string(), qualityPlanSchema).default({}),
});
export type RunSpec = Readonly<z.infer<typeof runSpecSchema>>;

/** How many items each model is asked whose quality is measured. */
export function qualityItems({ suite, quality }: RunSpec): ReadonlyMap<string, number> {
  return new Map(suite.models.flatMap(({ id, weights }) => {
    const plan = quality[id];
    return plan === undefined || weights === 'generated' || plan.data.origin === 'generated' ? [] : [[id, plan.data.items] as const];
  }));
}

/** A stored run's spec is not what this version writes. */
export class RunSpecError extends Error {
  override readonly name = 'RunSpecError';
}

export function readRunSpec(json: string, runId: string): RunSpec {
  const outcome = runSpecSchema.safeParse(JSON.parse(json));
  if (!outcome.success) throw new RunSpecError(`the store's plan of run ${runId} can not be read: ${outcome.error.issues[0]?.message ?? ''} at ${outcome.error.issues[0]?.path.join('.') ?? ''}`);
  return outcome.data;
}
