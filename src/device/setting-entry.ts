import * as z from 'zod';
import type { DeviceSettings } from '../domain/settings.ts';
import type { Transport } from '../transport/transport.ts';
import { shellAnswer } from './shell-answer.ts';

/** All that Paddock sets of `settings` are whole numbers (android.provider.Settings: STAY_ON_WHILE_PLUGGED_IN, SCREEN_BRIGHTNESS and its mode). */
const NUMBER = /^-?\d{1,10}$/;

/** One thing of a device's state that a setting changes, with what it was. A `was` of null: it was not set. */
export const settingEntrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('android-setting'), namespace: z.enum(['global', 'system', 'secure']), name: z.string().regex(/^\w{1,80}$/), was: z.string().regex(NUMBER).nullable(), set: z.string().max(1000) }),
  z.object({ kind: z.literal('fixed-performance'), was: z.enum(['true', 'false']), set: z.enum(['true', 'false']) }),
  z.object({ kind: z.literal('airplane-mode'), was: z.enum(['enabled', 'disabled']), set: z.enum(['enabled', 'disabled']) }),
  z.object({ kind: z.literal('file'), path: z.string().max(4096), was: z.string().max(1000), set: z.string().max(1000) }),
]);
export type SettingEntry = Readonly<z.infer<typeof settingEntrySchema>>;

/** The way to a device, and what stands before the paths of its files. */
export interface SettingsPlace {
  readonly transport: Pick<Transport, 'exec' | 'name'>;
  readonly root: string;
}

/** A bit for each kind of charger (BatteryManager.BATTERY_PLUGGED_AC, _USB, _WIRELESS). */
const ANY_CHARGER = '7';

/** What the asked settings would change, and what that is now; changes nothing. Settings of another kind of system come back as reasons in words. Throws TransportFault, the signal's reason. */
export async function readEntries(place: SettingsPlace, wanted: DeviceSettings, signal: AbortSignal): Promise<{ readonly entries: readonly SettingEntry[]; readonly refused: readonly string[] }> {
  const entries: SettingEntry[] = [];
  const refused: string[] = [];
  const android = async (namespace: 'global' | 'system', name: string, set: string): Promise<void> => {
    // Warnings of the linker or the runtime may stand before it; an error in its place is no value to put back.
    const was = lastLine(await shellAnswer(place.transport, 'settings get "$1" "$2" 2>&1 || true', [namespace, name], signal));
    if (was === 'null' || NUMBER.test(was)) entries.push({ kind: 'android-setting', namespace, name, was: was === 'null' ? null : was, set });
    else refused.push(`${name}: \`settings get ${namespace} ${name}\` says ${JSON.stringify(was.slice(0, 80))}, so that it could not be put back`);
  };
  if (wanted.stayAwake !== undefined) await android('global', 'stay_on_while_plugged_in', wanted.stayAwake ? ANY_CHARGER : '0');
  if (wanted.brightness !== undefined) {
    await android('system', 'screen_brightness_mode', '0');
    await android('system', 'screen_brightness', String(wanted.brightness));
  }
  if (wanted.airplaneMode !== undefined) {
    const was = (await shellAnswer(place.transport, 'cmd connectivity airplane-mode 2>&1 || true', [], signal)).trim();
    if (was === 'enabled' || was === 'disabled') entries.push({ kind: 'airplane-mode', was, set: wanted.airplaneMode ? 'enabled' : 'disabled' });
    else refused.push(`airplaneMode: \`cmd connectivity airplane-mode\` says ${JSON.stringify(was.slice(0, 80))}`);
  }
  // PowerManager has no way to ask for it (cmd power help); it is off after boot, and its users turn it off.
  if (wanted.fixedPerformance !== undefined) entries.push({ kind: 'fixed-performance', was: 'false', set: wanted.fixedPerformance ? 'true' : 'false' });
  if (wanted.governor !== undefined) {
    const text = await shellAnswer(place.transport, 'for f in "$1"/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor; do [ -f "$f" ] && printf \'%s %s\\n\' "$(cat "$f")" "$f"; done; :', [place.root], signal);
    const found = text.split('\n').flatMap((line): SettingEntry[] => {
      const [, was, path] = /^([a-z_]{1,80}) (\/.{1,4000})$/.exec(line) ?? [];
      return was === undefined || path === undefined ? [] : [{ kind: 'file', path, was, set: wanted.governor ?? was }];
    });
    if (found.length === 0) refused.push('governor: this device tells none (cpufreq/scaling_governor)');
    entries.push(...found);
  }
  return { entries, refused };
}

/** Sets an entry to what was asked for, or back to what it was. Gives why the device did not take it, null when it did. Throws TransportFault, the signal's reason. */
export async function writeEntry({ transport }: SettingsPlace, entry: SettingEntry, which: 'set' | 'was', signal: AbortSignal): Promise<string | null> {
  const value = entry[which];
  // What it printed last is what it has now.
  const now = lastLine(await shellAnswer(transport, `${SCRIPTS[entry.kind]} 2>&1 || true`, wordsOf(entry, value), signal));
  const expected = entry.kind === 'fixed-performance' ? '' : (value ?? 'null');
  return now === expected ? null : `${nameOf(entry)} is ${JSON.stringify(now.slice(0, 80))} where ${JSON.stringify(expected)} was written`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** `$1` … are the words of `wordsOf`. Each prints what stands afterwards, where that can be asked. */
const SCRIPTS: Readonly<Record<SettingEntry['kind'], string>> = {
  'android-setting': '{ if [ "$4" = delete ]; then settings delete "$1" "$2"; else settings put "$1" "$2" "$3"; fi; settings get "$1" "$2"; }',
  'fixed-performance': 'cmd power set-fixed-performance-mode-enabled "$1"',
  'airplane-mode': '{ if [ "$1" = enabled ]; then cmd connectivity airplane-mode enable; else cmd connectivity airplane-mode disable; fi; cmd connectivity airplane-mode; }',
  file: '{ printf \'%s\\n\' "$2" > "$1"; cat "$1"; }',
};

function wordsOf(entry: SettingEntry, value: string | null): readonly string[] {
  switch (entry.kind) {
    case 'android-setting': return [entry.namespace, entry.name, value ?? '', value === null ? 'delete' : 'put'];
    case 'file': return [entry.path, value ?? ''];
    case 'fixed-performance':
    case 'airplane-mode': return [value ?? ''];
    default: return entry satisfies never;
  }
}

export function nameOf(entry: SettingEntry): string {
  switch (entry.kind) {
    case 'android-setting': return entry.name;
    case 'file': return entry.path;
    case 'fixed-performance': return 'fixed-performance mode';
    case 'airplane-mode': return 'airplane mode';
    default: return entry satisfies never;
  }
}
