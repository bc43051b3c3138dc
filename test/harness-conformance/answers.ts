import { expect } from 'vitest';
import { type Batch, HarnessDisturbed } from '../../src/harness/client.ts';
import { ERROR_CODES } from '../../src/harness/protocol.ts';

/** Time inside queries. */
export function sumOf({ latenciesNs, groupSize = 1 }: Batch): number {
  return latenciesNs.reduce((total, each) => total + each, 0) * groupSize;
}

/** The code of the refusal that a request ends with. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(() => null, (thrown: unknown) => thrown);
  if (error instanceof HarnessDisturbed) throw error;
  expect(error).toMatchObject({ name: 'HarnessRefusal' });
  const { code, message } = error as { code: string; message: string };
  expect(Object.keys(ERROR_CODES)).toContain(code);
  expect(message.length).toBeGreaterThan(5);
  return code;
}

/** A test's body, begun again where a batch was void: a page that this busy machine held up for a second and a half while it measured says so, rightly. */
export function undisturbed(body: () => Promise<void>): () => Promise<void> {
  return async () => {
    for (let tries = 1; ; tries++) {
      try {
        await body();
        return;
      } catch (error) {
        if (!(error instanceof HarnessDisturbed) || tries === 10) throw error;
      }
    }
  };
}
