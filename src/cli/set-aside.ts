import { openStore } from '../store/open-store.ts';
import { UsageError } from './exit.ts';
import type { Progress } from './progress.ts';
import { untilDate } from './since.ts';

/** A device that somebody sets aside without saying until when is tried again after this. */
export const DEFAULT_HOLD = '7d';

export interface SetAsideOptions {
  readonly setAside: readonly string[];
  readonly why?: string;
  readonly until?: string;
}

/** Keeps devices from being used, for a reason and until a day. Throws UsageError. */
export function setDevicesAside({ setAside, why, until }: SetAsideOptions, path: string, progress: Progress): void {
  if (setAside.length === 0) {
    if (why !== undefined || until !== undefined) throw new UsageError('--why and --until are for --set-aside');
    return;
  }
  const reason = why?.trim() ?? '';
  if (reason === '') throw new UsageError('--set-aside needs --why with a reason: who meets the device later must understand');
  if (setAside.includes('local')) throw new UsageError('this machine (local) is not set aside by hand: leave it out of the suite\'s devices');
  const now = new Date();
  const end = untilDate(until ?? DEFAULT_HOLD, now.getTime());
  using store = openStore(path, { mode: 'write' });
  for (const device of setAside) {
    store.setAside({ device, reason, since: now.toISOString(), until: end });
    progress.note(`${device} is set aside until ${end.slice(0, 16).replace('T', ' ')} UTC: ${reason}`);
  }
}
