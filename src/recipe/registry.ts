import type * as z from 'zod';
import { recipePrecision, type Precision } from '../domain/suite.ts';
import { exec } from './exec.ts';
import { fp16 } from './fp16.ts';
import { fp32Fused } from './fp32-fused.ts';
import { int8Dynamic } from './int8-dynamic.ts';
import { int8Static } from './int8-static.ts';
import { int8Weights } from './int8-weights.ts';
import { prune } from './prune.ts';
import type { ParentModel, Recipe, RecipeContext, RecipeOutcome } from './recipe.ts';
import { RecipeError } from './recipe-error.ts';

/** A recipe with its parameters checked and filled in. */
export interface ChosenRecipe {
  readonly id: string;
  readonly revision: number;
  readonly expectation: string;
  readonly calibrated: boolean;
  readonly precision: Precision;
  /** All of them, defaults included, in the order of their names. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The parameters without secrets: for people and files. */
  readonly disclosed: Readonly<Record<string, unknown>>;
  /** What else the result depends on; empty for most. */
  readonly fingerprint: (baseFolder: string) => Promise<string>;
  readonly apply: (parent: ParentModel, context: RecipeContext) => Promise<RecipeOutcome>;
}

interface Entry {
  readonly id: string;
  readonly summary: string;
  readonly schema: z.ZodObject;
  readonly choose: (given: unknown) => ChosenRecipe;
}

function entry<P>(recipe: Recipe<P>): Entry {
  return {
    id: recipe.id, summary: recipe.summary, schema: recipe.parameters,
    choose: (given) => {
      const read = recipe.parameters.safeParse(given);
      if (!read.success) {
        const problems = read.error.issues.map((issue) => `${issue.path.length === 0 ? '' : `${issue.path.join('.')}: `}${issue.message}`);
        throw new RecipeError('parameters', `recipe ${recipe.id}: ${problems.join('; ')}`);
      }
      const parameters = read.data;
      const sorted = (values: Readonly<Record<string, unknown>>): Record<string, unknown> => Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
      return {
        id: recipe.id, revision: recipe.revision, expectation: recipe.expectation, calibrated: recipe.calibrated(parameters), precision: recipePrecision(recipe.id),
        parameters: sorted(parameters), disclosed: sorted(recipe.disclosed?.(parameters) ?? parameters),
        fingerprint: async (baseFolder) => recipe.fingerprint?.(parameters, baseFolder) ?? '',
        apply: (parent, context) => recipe.apply(parent, parameters, context),
      };
    },
  };
}

/** Every recipe. */
export const RECIPES: readonly Entry[] = [entry(exec), entry(fp16), entry(fp32Fused), entry(int8Dynamic), entry(int8Static), entry(int8Weights), entry(prune)];

/** Finds a recipe and reads its parameters. Throws RecipeError. */
export function chooseRecipe(id: string, parameters: unknown): ChosenRecipe {
  const found = RECIPES.find((recipe) => recipe.id === id);
  if (found === undefined) throw new RecipeError('parameters', `there is no recipe "${id}"; there are: ${RECIPES.map((recipe) => recipe.id).join(', ')}`);
  return found.choose(parameters);
}
