import { acquireLease } from './lease.ts';
import { LeaseError, type DeviceLease, type DeviceLeaseOptions } from './device-lease.ts';

/** Waits until no other Paddock of this host uses the browser: there is no place on its device where a lease could be kept. Throws LeaseError when the wait is up, the signal's reason. */
export async function takeBrowserLease(deviceId: string, { label, maxWaitMs, signal, onWait }: Pick<DeviceLeaseOptions, 'label' | 'maxWaitMs' | 'signal' | 'onWait'>): Promise<DeviceLease> {
  const late = new AbortController();
  const startedMs = performance.now();
  let holder = 'another process';
  const timer = setTimeout(() => { late.abort(); }, maxWaitMs);
  try {
    const lease = await acquireLease(`browser ${deviceId}`, { owner: label, signal: AbortSignal.any([signal, late.signal]), onWait: (owner) => {
      holder = owner;
      onWait(owner);
    } });
    return { confirm: () => Promise.resolve(null), release: () => lease.release() };
  } catch (error) {
    signal.throwIfAborted();
    if (!late.signal.aborted) throw error;
    throw new LeaseError(deviceId, holder, performance.now() - startedMs);
  } finally {
    clearTimeout(timer);
  }
}
