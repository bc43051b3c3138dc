import { existsSync } from 'node:fs';
import { REACH } from '../device/reach.ts';
import type { Lab } from '../domain/lab.ts';
import type { Suite } from '../domain/suite.ts';
import { openRoster, RosterError, type RosterOptions } from '../farm/roster.ts';
import type { Roster } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import { openStore } from '../store/open-store.ts';
import type { SetAside } from '../store/store.ts';
import { EXIT, UsageError } from './exit.ts';
import { loadLab, type LoadedLab } from './lab-file.ts';
import { knownProfiles } from './profiles.ts';
import type { Progress } from './progress.ts';

export interface RunRosterOptions {
  readonly suite: Suite;
  readonly suiteFolder: string;
  /** The lab's file; undefined: the nearest paddock.yaml. */
  readonly config: string | undefined;
  /** The store's path. */
  readonly store: string;
  readonly workplace: Workplace;
  /** Whether a device that another Paddock uses is waited for. */
  readonly inUse: 'wait' | 'skip';
  readonly before?: RosterOptions['before'];
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Devices that runs of this store have set aside. */
export function readSetAside(path: string): readonly SetAside[] {
  if (!existsSync(path)) return [];
  using store = openStore(path, { mode: 'read' });
  return store.devicesSetAside();
}

/** Opens the devices of a suite, with the lab's file in force. The caller closes the roster. Throws UsageError, ProfileError, StoreError. */
export async function openRunRoster(options: RunRosterOptions): Promise<{ readonly roster: Roster; readonly lab: LoadedLab }> {
  const { suite, suiteFolder, workplace, signal, progress, before, inUse } = options;
  const loaded = await loadLab(options.config, process.cwd());
  const lab: Lab = inUse === 'wait' ? loaded.lab : { ...loaded.lab, limits: { ...loaded.lab.limits, waitMinutes: 0 } };
  try {
    const roster = await openRoster({
      devices: suite.devices, lab, reach: REACH, profiles: await knownProfiles(workplace, process.cwd(), loaded.lab.profiles), label: `paddock run of suite ${suite.suite}`,
      suiteFolder, workplace, setAside: readSetAside(options.store), signal, onNote: (message) => progress.note(message, 'dim'), ...(before === undefined ? {} : { before }),
    });
    for (const { reasons } of roster.absent.values()) progress.note(reasons[0]?.message ?? '', 'yellow');
    return { roster, lab: loaded };
  } catch (error) {
    if (error instanceof RosterError) throw new UsageError(error.message, EXIT.noDevice);
    throw error;
  }
}
