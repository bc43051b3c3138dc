import * as z from 'zod';

/** Whether a case's numbers count. Shown before any number. */
export const VERDICT_STATUSES = ['ok', 'invalid', 'failed', 'unsupported', 'skipped'] as const;
export type VerdictStatus = (typeof VERDICT_STATUSES)[number];

/** Why: a stable code for machines and a sentence for people. */
export const reasonSchema = z.object({ code: z.string(), message: z.string() });
export type Reason = Readonly<z.infer<typeof reasonSchema>>;

/** `ok` (counts), `invalid` (ran, not to be trusted), `failed`, `unsupported`, `skipped`; every status but `ok` has a reason. */
export const verdictSchema = z.object({ status: z.enum(VERDICT_STATUSES), reasons: z.array(reasonSchema) });
export type Verdict = Readonly<{ status: VerdictStatus; reasons: readonly Reason[] }>;

export const OK: Verdict = { status: 'ok', reasons: [] };

/** From mild to grave: the order in which verdicts of parts combine into the verdict of the whole. */
const SEVERITY: Readonly<Record<VerdictStatus, number>> = { ok: 0, invalid: 1, skipped: 2, unsupported: 3, failed: 4 };

/** The gravest status of the parts, with the reasons of all parts that are not `ok` (each distinct code and message once). */
export function combineVerdicts(parts: readonly Verdict[]): Verdict {
  let status: VerdictStatus = 'ok';
  const reasons = new Map<string, Reason>();
  for (const part of parts) {
    if (SEVERITY[part.status] > SEVERITY[status]) status = part.status;
    for (const reason of part.reasons) reasons.set(`${reason.code}\n${reason.message}`, reason);
  }
  return { status, reasons: [...reasons.values()] };
}
