import { expect } from 'vitest';
import type { Batch } from '../../src/harness/client.ts';
import { ERROR_CODES } from '../../src/harness/protocol.ts';

/** Time inside queries. */
export function sumOf({ latenciesNs, groupSize = 1 }: Batch): number {
  return latenciesNs.reduce((total, each) => total + each, 0) * groupSize;
}

/** The code of the refusal that a request ends with. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => null, (thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'HarnessRefusal' });
  const { code, message } = error as { code: string; message: string };
  expect(Object.keys(ERROR_CODES)).toContain(code);
  expect(message.length).toBeGreaterThan(5);
  return code;
}
