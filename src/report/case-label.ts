import type { Case } from '../domain/case.ts';

/** Fields that tell the cases of one model apart, in the order in which labels name them. */
const LABEL_FIELDS = ['variant', 'runtime', 'delegate', 'threads', 'batch', 'workload', 'device'] as const;
type LabelField = (typeof LABEL_FIELDS)[number];

/** The device, and that it is no real hardware where that is so: said wherever a number stands. */
export function deviceWords({ device, emulated }: Pick<Case, 'device' | 'emulated'>): string {
  return emulated === true ? `${device} (emulated)` : device;
}

function fieldText(c: Case, field: LabelField): string {
  switch (field) {
    case 'threads': return c.options.threads === 1 ? '1 thread' : `${c.options.threads} threads`;
    case 'batch': return `batch ${c.options.batch}`;
    case 'variant': case 'runtime': case 'delegate': case 'workload': return c[field];
    case 'device': return deviceWords(c);
  }
}

/** `fp32 · onnxruntime · cpu · 2 threads · batch 1 · stream · this-machine`: a case within its model. */
export function caseLabel(c: Case): string {
  return LABEL_FIELDS.map((field) => fieldText(c, field)).join(' · ');
}

/** Labels for cases that stand side by side: only what differs among them; the variant alone when nothing does. */
export function distinctLabels(cases: readonly Case[]): readonly string[] {
  const varying = LABEL_FIELDS.filter((field) => new Set(cases.map((c) => fieldText(c, field))).size > 1);
  const fields: readonly LabelField[] = varying.length === 0 ? ['variant'] : varying;
  return cases.map((c) => `${fields.map((field) => fieldText(c, field)).join(' · ')}${c.emulated === true && !fields.includes('device') ? ' (emulated)' : ''}`);
}
