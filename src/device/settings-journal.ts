import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { DeviceIdentity } from '../transport/transport.ts';
import { idOfIdentity } from './device-id.ts';
import { settingEntrySchema, type SettingEntry } from './setting-entry.ts';

const journalSchema = z.object({ device: z.string(), entries: z.array(settingEntrySchema).max(2000) });

/** A journal of settings can't be read; the message says what to do. */
export class SettingsJournalError extends Error {
  override readonly name = 'SettingsJournalError';
}

/**
 * What a device had before Paddock changed it: on disk before the change is made, gone when it was put back. What is left by a crash is found by the next
 * start, under what the unit says of itself: names are given to other units, and units get other names.
 */
export class SettingsJournal {
  readonly path: string;
  readonly #folder: string;
  readonly #device: string;

  /**
   * @param cacheFolder Paddock's own on this host
   * @param device the device's id, for messages
   */
  constructor(cacheFolder: string, identity: DeviceIdentity, device: string) {
    this.#folder = join(cacheFolder, 'device-settings');
    this.#device = device;
    this.path = join(this.#folder, `${idOfIdentity(identity)}.json`);
  }

  /** What is to be put back; null when nothing is. Throws SettingsJournalError. */
  read(): readonly SettingEntry[] | null {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const outcome = journalSchema.safeParse(jsonOf(text));
    if (!outcome.success) throw new SettingsJournalError(`${this.path}, which says how ${this.#device} was before an earlier run changed its settings, can't be read. What to do: look at the device's settings, then remove the file.`);
    return outcome.data.entries;
  }

  /** Durable when it returns: written beside, flushed, and swapped in whole. Throws SettingsJournalError, before anything is written, for what `read` would not take. */
  write(entries: readonly SettingEntry[]): void {
    const journal = { device: this.#device, entries };
    const outcome = journalSchema.safeParse(journal);
    if (!outcome.success) throw new SettingsJournalError(`what ${this.#device} was like can't be written down, so that nothing is set on it: ${z.prettifyError(outcome.error)}`);
    mkdirSync(this.#folder, { recursive: true });
    const part = `${this.path}.${process.pid}.part`;
    const file = openSync(part, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(journal));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, this.path);
    const folder = openSync(this.#folder, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
