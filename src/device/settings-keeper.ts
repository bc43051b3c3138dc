import type { DeviceSettings } from '../domain/settings.ts';
import type { Reason } from '../domain/verdict.ts';
import type { Device } from './device.ts';
import { ExecError } from '../transport/transport.ts';
import { nameOf, readEntries, writeEntry } from './setting-entry.ts';
import { shellAnswer } from './shell-answer.ts';
import { SettingsJournal, SettingsJournalError } from './settings-journal.ts';

type Settable = Pick<Device, 'facts' | 'transport' | 'root'>;

/** How long putting settings back may take when a run ends, also one that was interrupted. */
const RESTORE_MS = 30_000;

/**
 * Sets on a device what a suite or profile asks for, and puts back what was there: when the run ends, and after a crash when the next one begins.
 * What was there is on disk before anything is changed.
 */
export class SettingsKeeper {
  readonly #wanted: DeviceSettings;
  readonly #cacheFolder: string;
  /** The device object that the settings stand on: another one after it was lost and came back, perhaps with another boot. */
  #settled: Settable | null = null;
  /** Of the unit that `ensure` met. */
  #journal: SettingsJournal | null = null;
  #refused: readonly Reason[] = [];

  constructor(wanted: DeviceSettings, cacheFolder: string) {
    this.#wanted = wanted;
    this.#cacheFolder = cacheFolder;
  }

  /**
   * Makes the device as asked, unless it is already; gives what it did not take, now or when an earlier run's settings were put back. With a journal that
   * can't be read nothing is set, and the reason says what to do. Throws TransportFault, ExecError, the signal's reason.
   */
  async ensure(device: Settable, signal: AbortSignal): Promise<readonly Reason[]> {
    if (this.#settled === device) return this.#refused;
    const reasons = await this.#set(device, signal).catch((error: unknown): readonly Reason[] => {
      if (error instanceof SettingsJournalError) return [{ code: 'settings-journal', message: `no setting was made: ${error.message}` }];
      throw error;
    });
    this.#settled = device;
    this.#refused = reasons;
    return reasons;
  }

  async #set(device: Settable, signal: AbortSignal): Promise<readonly Reason[]> {
    const journal = new SettingsJournal(this.#cacheFolder, await device.transport.identify(signal), device.facts.id);
    this.#journal = journal;
    // Left by a crash, or by this run before the device was lost: what was there first is what is to be put back.
    const left = await restore(device, journal, signal);
    const names = Object.entries(this.#wanted).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    if (names.length > 0 && !(await runsCommands(device, signal))) return names.map((name) => refusal(`${name}: no commands can be run there`));
    const { entries, refused } = await readEntries(device, this.#wanted, signal);
    const reasons: Reason[] = [...left.map((message) => ({ code: 'setting-not-put-back', message: `of an earlier run: ${message}` })), ...refused.map((message) => refusal(message))];
    if (entries.length > 0) {
      journal.write(entries);
      for (const entry of entries) {
        const fault = await writeEntry(device, entry, 'set', signal);
        if (fault !== null) reasons.push(refusal(fault));
      }
    }
    return reasons;
  }

  /** Puts back what was there. Gives what the device did not take back, in words. What could not be reached stays in the journal, for the next start. Never throws. */
  async restore(device: Settable): Promise<string | null> {
    this.#settled = null;
    const journal = this.#journal;
    if (journal === null) return null;
    try {
      const left = await restore(device, journal, AbortSignal.timeout(RESTORE_MS));
      return left.length === 0 ? null : left.join('; ');
    } catch (error) {
      if (error instanceof SettingsJournalError) return error.message;
      return `its settings could not be put back (${error instanceof Error ? error.message : String(error)}); the next run on it does so, from ${journal.path}`;
    }
  }
}

async function restore(device: Settable, journal: SettingsJournal, signal: AbortSignal): Promise<readonly string[]> {
  const faults: string[] = [];
  const entries = journal.read();
  if (entries === null) return [];
  for (const entry of entries.toReversed()) {
    const fault = await writeEntry(device, entry, 'was', signal);
    if (fault !== null) faults.push(`${nameOf(entry)} could not be put back: ${fault}`);
  }
  // What the device does not take back now it will not take next time either: told once, not kept for ever.
  journal.remove();
  return faults;
}

/** A browser runs none. */
async function runsCommands({ transport }: Settable, signal: AbortSignal): Promise<boolean> {
  try {
    await shellAnswer(transport, ':', [], signal);
    return true;
  } catch (error) {
    if (error instanceof ExecError) return false;
    throw error;
  }
}

function refusal(message: string): Reason {
  return { code: 'setting-refused', message: `the device does not take a setting that was asked for: ${message}` };
}
