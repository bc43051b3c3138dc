import type { Reason, Verdict } from '../domain/verdict.ts';
import { HarnessCrash, HarnessGarbage, HarnessHang, HarnessOutOfMemory, HarnessRefusal } from '../harness/faults.ts';
import { ExecError } from '../transport/transport.ts';
import { ClockTooCoarse } from './closed-loop.ts';
import { InputError } from './inputs.ts';

/** A fault of one launch: the verdict it leaves, the harness's last words, and whether trying again could help. */
export interface LaunchFault {
  readonly verdict: Verdict;
  readonly log: string;
  readonly retry: 'worth-it' | 'useless';
}

function fault(status: 'failed' | 'unsupported' | 'invalid', reason: Reason, log: string, retry: LaunchFault['retry']): LaunchFault {
  return { verdict: { status, reasons: [reason] }, log, retry };
}

/** Turns what a harness session threw into a verdict; null for anything that is not the case's fault (a bug, an abort), which must go on up. */
export function launchFault(error: unknown): LaunchFault | null {
  if (error instanceof InputError) return fault('failed', { code: 'bad-input', message: error.message }, '', 'useless');
  if (error instanceof ClockTooCoarse) return fault('failed', { code: 'clock-too-coarse', message: error.message }, '', 'useless');
  if (error instanceof HarnessRefusal) {
    const status = error.code === 'unknown-delegate' || error.code === 'unknown-runtime' || error.code === 'bad-option' ? 'unsupported' : 'failed';
    return fault(status, { code: error.code, message: error.message }, error.log, 'useless');
  }
  if (error instanceof HarnessOutOfMemory) return fault('failed', { code: 'memory-limit', message: error.message }, error.log, 'useless');
  if (error instanceof HarnessHang) return fault('failed', { code: 'hang', message: error.message }, error.log, 'useless');
  if (error instanceof HarnessCrash) return fault('failed', { code: 'crash', message: error.message }, error.log, 'worth-it');
  if (error instanceof HarnessGarbage) return fault('failed', { code: 'harness-protocol', message: error.message }, error.log, 'useless');
  if (error instanceof ExecError) return fault('failed', { code: 'harness-start', message: `${error.message}; check the runtime's \`harness\` in the suite` }, '', 'useless');
  return null;
}
