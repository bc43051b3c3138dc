import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TensorRef } from '../../src/harness/protocol.ts';

const PARENT = new URL('../fixtures/harness/parent.mjs', import.meta.url).pathname;

/** Starts a process that starts a harness and sends it into a query that never ends; gives the ids of both. */
export async function startUnderParent(
  argv: readonly string[], load: { readonly runtime: string; readonly model: string | null; readonly sample: readonly TensorRef[] },
): Promise<{ readonly parent: number; readonly harness: number }> {
  const parent = spawn(process.execPath, [PARENT, JSON.stringify({ argv, ...load })], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: parent.stdout });
  const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(240_000) })) as [string];
  await sleep(300);
  return { parent: parent.pid ?? -1, harness: Number(line) };
}
