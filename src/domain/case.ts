import * as z from 'zod';

/** MLPerf's names for how queries arrive. */
export const SCENARIOS = ['single-stream', 'multi-stream', 'server', 'offline'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What a delegate executes on. */
export const DELEGATE_KINDS = ['cpu', 'gpu', 'npu'] as const;
export type DelegateKind = (typeof DELEGATE_KINDS)[number];

/** Options that split one cell of the matrix into several cases. */
export const caseOptionsSchema = z.object({
  /** Intra-operator threads. */
  threads: z.int().positive(),
  /** Samples per inference call. */
  batch: z.int().positive(),
});
export type CaseOptions = Readonly<z.infer<typeof caseOptionsSchema>>;

/** One cell of the matrix, all plain ids. */
export const caseSchema = z.object({
  model: z.string(),
  variant: z.string(),
  runtime: z.string(),
  delegate: z.string(),
  workload: z.string(),
  scenario: z.enum(SCENARIOS),
  device: z.string(),
  options: caseOptionsSchema,
  /** There when the device translated instructions or was played by another machine: no number of the case says anything of real hardware. */
  emulated: z.literal(true).optional(),
});
export type Case = Readonly<z.infer<typeof caseSchema>>;

/** Names the series that a case belongs to. Stable from night to night. */
export type CaseKey = string & { readonly __brand: 'CaseKey' };

/** `model/variant/runtime/delegate/workload/device?threads=1&batch=1`; every part is an id (see ids.ts), so the key needs no escaping. */
export function caseKey(c: Case): CaseKey {
  const { threads, batch } = c.options;
  return `${c.model}/${c.variant}/${c.runtime}/${c.delegate}/${c.workload}/${c.device}?threads=${threads}&batch=${batch}` as CaseKey;
}

/** The fields of a case that a selector (`threads=2`) may name, as text. */
export function caseFields(c: Case): Readonly<Record<string, string>> {
  return {
    model: c.model, variant: c.variant, runtime: c.runtime, delegate: c.delegate, workload: c.workload, scenario: c.scenario,
    device: c.device, threads: String(c.options.threads), batch: String(c.options.batch),
  };
}
