import { localTransport } from '../transport/local.ts';
import { TransportFault } from '../transport/transport-fault.ts';
import { LeaseError, takeDeviceLease, type DeviceLease } from './device-lease.ts';

/** This machine's lease can't be kept; the message says what to do. */
export class MachineLeaseError extends Error {
  override readonly name = 'MachineLeaseError';
}

/**
 * Waits until nobody else measures on this machine, whoever they are: other users, those with another TMPDIR, and hosts that reach it over ssh, for whom it is a device as any
 * other. The lease is the one that a device has, in the same place; PADDOCK_LEASE_FOLDER names another, for those who are to wait for one another and nobody else.
 * Throws MachineLeaseError, also where this process has it already; the signal's reason.
 */
export async function takeMachineLease({ owner, signal, onWait }: { readonly owner: string; readonly signal: AbortSignal; readonly onWait: (owner: string) => void }): Promise<DeviceLease> {
  const folder = process.env['PADDOCK_LEASE_FOLDER'] ?? '';
  try {
    return await takeDeviceLease(localTransport, 'local', { label: owner, maxWaitMs: Number.POSITIVE_INFINITY, ownProcess: 'refuse', signal, onWait, ...(folder === '' ? {} : { folder }) });
  } catch (error) {
    if (error instanceof LeaseError) throw new MachineLeaseError(`this machine is measured by this very process as another device too (held by ${error.owner}), such as one behind ssh. What to do: leave \`local\` or that device out of the run`);
    if (!(error instanceof TransportFault)) throw error;
    throw new MachineLeaseError(`whether somebody else measures on this machine can't be told: ${error.message}. What to do: make ${folder === '' ? '/tmp' : folder} a folder that can be written to, or name another in PADDOCK_LEASE_FOLDER`);
  }
}
