import { suiteSchema } from '../domain/suite.ts';
import { RECIPES } from './registry.ts';

/** The suite schema with every recipe's parameters checked where they stand. */
export const suiteWithRecipesSchema = suiteSchema.superRefine((suite, context) => {
  for (const [model, { variants }] of suite.models.entries()) for (const [variant, { recipe }] of variants.entries()) {
    if (recipe === undefined) continue;
    const path: PropertyKey[] = ['models', model, 'variants', variant, 'recipe'];
    const { id, ...parameters } = recipe;
    const found = RECIPES.find((each) => each.id === id);
    if (found === undefined) {
      context.addIssue({ code: 'custom', path: [...path, 'id'], message: `there is no recipe "${id}"; there are: ${RECIPES.map((each) => each.id).join(', ')}` });
      continue;
    }
    for (const issue of found.schema.safeParse(parameters).error?.issues ?? []) {
      if (issue.code !== 'unrecognized_keys') context.addIssue({ ...issue, path: [...path, ...issue.path] });
      else for (const key of issue.keys) context.addIssue({ code: 'custom', path: [...path, key], message: `recipe ${id} has no setting \`${key}\`; it has: ${Object.keys(found.schema.shape).join(', ')}` });
    }
  }
});
