import { expect } from 'vitest';
import { type Batch, type HarnessClient, HarnessDisturbed, HarnessRefusal } from '../../src/harness/client.ts';
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

/** A batch, or the code of the refusal that stands in its place. */
export async function batchOrRefusal(running: Promise<Batch>): Promise<Batch | string> {
  return running.catch((error: unknown) => {
    if (error instanceof HarnessRefusal) return error.code;
    throw error;
  });
}

/** With wide bounds: the machine may be busy with other things. */
export function isAboutEight(ratio: number): boolean {
  return ratio > 3 && ratio < 24;
}

/** The fastest query of eight calls over the fastest of one; of more batches of both where it is far from eight, as one of the two may have met a busy moment. */
export async function eightOverOne(client: HarnessClient, timeoutMs: number): Promise<number> {
  let [one, eight] = [Infinity, Infinity];
  for (let i = 0; i < 20 && !isAboutEight(eight / one); i++) {
    one = Math.min(one, ...(await client.run({ scenario: 'single-stream', count: 15, durationNs: 20e9, callsPerQuery: 1 }, timeoutMs)).latenciesNs);
    eight = Math.min(eight, ...(await client.run({ scenario: 'multi-stream', count: 9, durationNs: 20e9, callsPerQuery: 8 }, timeoutMs)).latenciesNs);
  }
  return eight / one;
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
