import * as z from 'zod';
import { caseSchema } from './case.ts';
import type { Case } from './case.ts';
import { verdictSchema } from './verdict.ts';
import type { Verdict } from './verdict.ts';

export const plannedCaseSchema = z.object({
  key: z.string(),
  ordinal: z.int().nonnegative(),
  case: caseSchema,
  verdict: verdictSchema.nullable(),
});

/** One case of a run's plan. */
export interface PlannedCase {
  readonly key: string;
  /** Place in the plan, from 0; tables and reports keep this order. */
  readonly ordinal: number;
  readonly case: Case;
  /** What the plan already decided (`skipped`, `unsupported`); null when the case is to be measured. */
  readonly verdict: Verdict | null;
}
