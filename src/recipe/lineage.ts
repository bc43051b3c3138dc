import * as z from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const content = z.object({ bytes: z.number(), bytesByType: z.record(z.string(), z.number()), sparsity: z.number().nullable(), nodes: z.number(), subgraphs: z.number(), opset: z.number() });

/** Where a variant comes from and what its recipe really did: the JSON beside the file. */
export const lineageSchema = z.object({
  schemaVersion: z.literal(1),
  variant: z.object({ sha256: hash, content }),
  parent: z.object({ sha256: hash, file: z.string(), content }),
  recipe: z.object({ id: z.string(), revision: z.number(), parameters: z.record(z.string(), z.unknown()), precision: z.string(), expectation: z.string() }),
  tool: z.object({ name: z.literal('paddock'), version: z.string() }),
  /** `generated` inputs say nothing of what the model will meet. */
  calibration: z.object({ kind: z.enum(['files', 'generated']), sha256: hash, samples: z.number(), used: z.boolean() }),
  converted: z.record(z.string(), z.number()),
  kept: z.array(z.object({ op: z.string(), count: z.number(), reason: z.string() })),
  notes: z.array(z.string()),
  /** The variant's first run beside its parent, on the calibration inputs: it loads, runs, and answers finite numbers of the same shapes. */
  check: z.object({ runtime: z.string(), samples: z.number(), maxRelError: z.number(), maxAbsError: z.number(), cosine: z.number() }),
});
export type Lineage = Readonly<z.infer<typeof lineageSchema>>;
