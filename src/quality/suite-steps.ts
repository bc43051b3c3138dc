import type * as z from 'zod';
import type { StepRef } from '../domain/quality.ts';
import type { Suite } from '../domain/suite.ts';
import { ANSWER_STEPS } from './answer/registry.ts';
import { PREPARE_STEPS } from './prepare/registry.ts';
import { unknownStep } from './step.ts';

interface Known { readonly name: string; readonly parameters: z.ZodObject }

function checkList(known: readonly Known[], refs: readonly StepRef[], path: readonly PropertyKey[], context: z.core.$RefinementCtx): void {
  for (const [index, { step, ...parameters }] of refs.entries()) {
    const at = [...path, index];
    const found = known.find((entry) => entry.name === step);
    if (found === undefined) {
      context.addIssue({ code: 'custom', path: [...at, 'step'], message: unknownStep(known, step) });
      continue;
    }
    for (const issue of found.parameters.safeParse(parameters).error?.issues ?? []) {
      if (issue.code !== 'unrecognized_keys') context.addIssue({ ...issue, path: [...at, ...issue.path] });
      else for (const key of issue.keys) context.addIssue({ code: 'custom', path: [...at, key], message: `step ${step} has no setting \`${key}\`; it has: ${Object.keys(found.parameters.shape).join(', ') || 'none'}` });
    }
  }
}

/** Checks every quality step's name and settings where they stand in the suite. */
export function checkQualitySteps(suite: Suite, context: z.core.$RefinementCtx): void {
  for (const [index, { quality }] of suite.models.entries()) {
    if (quality === undefined) continue;
    const path: PropertyKey[] = ['models', index, 'quality'];
    for (const [input, refs] of Object.entries(quality.inputs)) checkList(PREPARE_STEPS, refs, [...path, 'inputs', input], context);
    checkList(ANSWER_STEPS, quality.answer, [...path, 'answer'], context);
  }
}
