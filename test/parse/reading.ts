import { expect } from 'vitest';
import type { DumpOutcome } from '../../src/parse/dump.ts';

/** What was read; a refused dump fails the test with its reason. */
export function read<T>(outcome: DumpOutcome<T>): T & { readonly warnings: readonly string[] } {
  if (!outcome.ok) expect.fail(`refused: ${outcome.reason}`);
  return { ...outcome.value, warnings: outcome.warnings };
}

/** The reason of a refused dump. */
export function refusal(outcome: DumpOutcome<unknown>): string {
  if (outcome.ok) expect.fail(`not refused: ${JSON.stringify(outcome.value)}`);
  return outcome.reason;
}
