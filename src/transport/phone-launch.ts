import { shellWord } from '../domain/shell-word.ts';
import type { PhoneCommands } from './phone-commands.ts';
import { checkAppId } from './phone-file.ts';

/** How an app is started. Arguments reach it as Android's intent extras, or as an iOS process's arguments and environment. */
export type AppLaunch =
  | { readonly platform: 'android'; readonly appId: string; readonly activity: string; readonly extras: Readonly<Record<string, string | number | boolean>> }
  | { readonly platform: 'ios'; readonly appId: string; readonly arguments: readonly string[]; readonly environment: Readonly<Record<string, string>> };

const ACTIVITY = /^\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;
const EXTRA_NAME = /^[A-Za-z_][\w.]*$/;

/** The arguments of `mobile: startActivity`. Throws PhoneCommandError `refused`. */
export function startActivityArgs(commands: PhoneCommands, { appId, activity, extras }: Extract<AppLaunch, { platform: 'android' }>): Readonly<Record<string, unknown>> {
  const command = 'startActivity';
  checkAppId(commands, command, appId);
  if (!ACTIVITY.test(activity)) throw commands.fault('refused', command, `${JSON.stringify(activity.slice(0, 200))} is no activity's name`);
  return { component: `${appId}/${activity}`, wait: true, stop: true, extras: Object.entries(extras).map(([name, value]) => extra(commands, command, name, value)) };
}

/** `am`'s types: s text, z boolean, i and l whole numbers, f others. UiAutomator2 hands the words to the phone's shell as they are, so that they are quoted here. */
function extra(commands: PhoneCommands, command: string, name: string, value: string | number | boolean): readonly string[] {
  if (!EXTRA_NAME.test(name)) throw commands.fault('refused', command, `${JSON.stringify(name.slice(0, 200))} is no name of an extra`);
  if (typeof value === 'string') {
    if (value.includes('\0')) throw commands.fault('refused', command, `the extra ${name} holds a NUL`);
    return ['s', name, shellWord(value)];
  }
  if (typeof value === 'boolean') return ['z', name, String(value)];
  if (!Number.isFinite(value)) throw commands.fault('refused', command, `the extra ${name} is ${value}, which is no number to hand on`);
  if (!Number.isSafeInteger(value)) return ['f', name, String(value)];
  return [value >= -(2 ** 31) && value < 2 ** 31 ? 'i' : 'l', name, String(value)];
}

/** `am start-activity` of older Androids exits with 0 when it could not start anything. */
export function activityRefusal(output: string): string | null {
  return /^(?:Error|Exception|Warning: Activity not started)[^\n]*/m.exec(output)?.[0] ?? null;
}
