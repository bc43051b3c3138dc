import type { Reason, Verdict } from '../domain/verdict.ts';
import { NoSuchCluster } from '../device/cores.ts';
import { HarnessCrash, HarnessDisturbed, HarnessGarbage, HarnessHang, HarnessOutOfMemory, HarnessRefusal } from '../harness/faults.ts';
import { HarnessMissing, HarnessUnfit } from '../harness/harness-missing.ts';
import { ExecError } from '../transport/transport.ts';
import { TransportFault, type TransportFaultKind } from '../transport/transport-fault.ts';
import { ClockTooCoarse } from './closed-loop.ts';
import { InputError } from './inputs.ts';
import { SOFTWARE_GPU, SoftwareGpu } from './software-gpu.ts';

/** A fault of one launch: the verdict it leaves and the harness's last words. */
export interface LaunchFault {
  readonly verdict: Verdict;
  readonly log: string;
}

/** The code of what ended because the device was gone: no fault of the case's, and to be tried again when the device is back. */
export const DEVICE_LOST = 'device-lost';
/** Codes of faults that can be the machine's, so that one more try is worth it. */
export const TRANSIENT_FAULTS: ReadonlySet<string> = new Set(['crash', 'transport-garbage', 'transport-corrupt']);

/** The code of a launch during which the page was hidden or held back: the surroundings', not the case's, so that its block is tried again. */
export const DISTURBED = 'background';

/** Faults of the way to a device that say nothing of whether the device is there. */
const DEVICE_IS_THERE: ReadonlySet<TransportFaultKind> = new Set(['garbage', 'corrupt', 'device-full', 'refused', 'missing', 'too-large']);

function fault(status: 'failed' | 'unsupported' | 'invalid', reason: Reason, log: string): LaunchFault {
  return { verdict: { status, reasons: [reason] }, log };
}

/** Turns what a harness session threw into a verdict; null for anything that is not the case's fault (a bug, an abort), which must go on up. */
export function launchFault(error: unknown): LaunchFault | null {
  if (error instanceof InputError) return fault('failed', { code: 'bad-input', message: error.message }, '');
  if (error instanceof SoftwareGpu) return fault('invalid', { code: SOFTWARE_GPU, message: error.message }, '');
  if (error instanceof ClockTooCoarse) return fault('failed', { code: 'clock-too-coarse', message: error.message }, '');
  if (error instanceof HarnessRefusal) {
    const status = error.code === 'unknown-delegate' || error.code === 'unknown-runtime' || error.code === 'bad-option' ? 'unsupported' : 'failed';
    return fault(status, { code: error.code, message: error.message }, error.log);
  }
  if (error instanceof HarnessDisturbed) return fault('invalid', { code: DISTURBED, message: error.message }, error.log);
  if (error instanceof HarnessOutOfMemory) return fault('failed', { code: 'memory-limit', message: error.message }, error.log);
  if (error instanceof HarnessHang) return fault('failed', { code: 'hang', message: error.message }, error.log);
  if (error instanceof HarnessCrash) return fault('failed', { code: 'crash', message: error.message }, error.log);
  if (error instanceof HarnessGarbage) return fault('failed', { code: 'harness-protocol', message: error.message }, error.log);
  if (error instanceof ExecError) return fault('failed', { code: 'harness-start', message: `${error.message}; check the runtime's \`harness\` in the suite` }, '');
  if (error instanceof NoSuchCluster) return fault('unsupported', { code: 'no-such-cluster', message: error.message }, '');
  if (error instanceof HarnessMissing) return fault('failed', { code: 'harness-missing', message: error.message }, '');
  if (error instanceof HarnessUnfit) return fault('unsupported', { code: 'harness-unfit', message: error.message }, '');
  if (error instanceof TransportFault) return fault('failed', { code: DEVICE_IS_THERE.has(error.kind) ? `transport-${error.kind}` : DEVICE_LOST, message: error.message }, '');
  return null;
}
