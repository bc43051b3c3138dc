import * as z from 'zod';
import { SCENARIOS } from './case.ts';
import { deviceNameSchema, idSchema } from './ids.ts';

const positive = z.int().positive();

/** Selects cases: every field that is given must match. */
export const selectorSchema = z.strictObject({
  model: idSchema.optional(), variant: idSchema.optional(), runtime: idSchema.optional(), delegate: idSchema.optional(), workload: idSchema.optional(),
  scenario: z.enum(SCENARIOS).optional(), device: deviceNameSchema.optional(), threads: positive.optional(), batch: positive.optional(),
});
export type Selector = z.infer<typeof selectorSchema>;
