import type { RuntimeSpec } from '../domain/suite.ts';
import { DEVICE_LOST, TRANSIENT_FAULTS } from '../measure/fault.ts';
import { askHarness, type HarnessReply } from './ask-harness.ts';
import { MAX_LOSSES, MAX_TRANSIENT } from './attempt-log.ts';
import type { Unit } from './unit.ts';

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly onNote: (device: string, message: string) => void;
}

/**
 * Asks a runtime's harness on a unit as often as a launch is tried: a fault that may be the machine's once more, a lost device when it is back. Throws the
 * signal's reason, and faults of Paddock's own.
 */
export async function askHarnessAgain(unit: Unit, runtime: RuntimeSpec, { signal, onNote }: AskOptions): Promise<HarnessReply> {
  const seen = { transient: 0, lost: 0 };
  for (;;) {
    const reply = await askHarness(unit, runtime, signal);
    const reason = reply.answer.kind === 'there' ? undefined : reply.answer.verdict.reasons[0];
    if (reason === undefined) return reply;
    if (TRANSIENT_FAULTS.has(reason.code) && ++seen.transient < MAX_TRANSIENT) {
      onNote(unit.id, `${reason.message}; tried once more`);
      continue;
    }
    if (reason.code !== DEVICE_LOST || ++seen.lost >= MAX_LOSSES) return reply;
    onNote(unit.id, `${reason.message}; waiting for it to come back`);
    const gone = await unit.recover(signal);
    if (gone !== null) {
      const message = `${reason.message}, and it did not come back: ${gone.message}`;
      return { ...reply, answer: { kind: 'not-there', verdict: { status: 'skipped', reasons: [{ code: gone.kind === 'in-use' ? 'device-in-use' : DEVICE_LOST, message }] } } };
    }
    onNote(unit.id, 'it is back');
  }
}
