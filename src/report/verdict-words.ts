import type { VerdictStatus } from '../domain/verdict.ts';

/** How reports explain a verdict; the mark says it without colour. */
export const VERDICT_WORDS: Readonly<Record<VerdictStatus, { readonly mark: string; readonly meaning: string }>> = {
  ok: { mark: '✓', meaning: 'ran, passed every check: the numbers count' },
  invalid: { mark: '!', meaning: 'ran, but a check failed: the numbers don’t count' },
  failed: { mark: '✕', meaning: 'did not finish' },
  unsupported: { mark: '⊘', meaning: 'the device or the runtime can’t do it' },
  skipped: { mark: '–', meaning: 'was not tried' },
};
