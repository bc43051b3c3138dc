import type { RuntimeSpec } from '../domain/suite.ts';
import type { Verdict } from '../domain/verdict.ts';
import { coresOf } from '../device/cores.ts';
import type { Hello } from '../harness/client.ts';
import { DEVICE_LOST, launchFault } from '../measure/fault.ts';
import { startHarness } from '../measure/session.ts';
import type { HarnessCommand } from '../harness/prepare-harness.ts';
import type { Unit } from './unit.ts';

const BYE_MS = 10_000;
/** Far more than a harness without a model takes. */
const LIMITS = { memoryBytes: 4 * 1024 ** 3, loadMs: 60_000, inferenceMs: 60_000 };

/** What a harness app said of itself on a device, or why it could not say. */
export type HarnessAnswer = { readonly kind: 'there'; readonly hello: Hello } | { readonly kind: 'not-there'; readonly verdict: Verdict };

export interface HarnessReply {
  readonly answer: HarnessAnswer;
  /** Null where it could not be brought there. */
  readonly command: HarnessCommand | null;
}

/** Brings a runtime's harness app to a unit and starts it there, only to greet it. Throws the signal's reason, and faults of Paddock's own. */
export async function askHarness(unit: Pick<Unit, 'device' | 'harness'>, runtime: RuntimeSpec, signal: AbortSignal): Promise<HarnessReply> {
  let command: HarnessCommand | null = null;
  try {
    coresOf(runtime.affinity, unit.device.profile);
    command = await unit.harness(runtime, signal);
    await using client = await startHarness({ device: unit.device, argv: command.argv, limits: LIMITS }, signal);
    const { hello } = client;
    await client.bye(BYE_MS);
    return { answer: { kind: 'there', hello }, command };
  } catch (error) {
    signal.throwIfAborted();
    const fault = launchFault(error);
    if (fault === null) throw error;
    const { verdict } = fault;
    return { answer: { kind: 'not-there', verdict: verdict.reasons[0]?.code === DEVICE_LOST ? { ...verdict, status: 'skipped' } : verdict }, command };
  }
}
