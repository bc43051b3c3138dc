import type { ConditionSample } from '../domain/condition.ts';
import { parseVcgencmdThrottled } from '../parse/vcgencmd-throttled.ts';

/** What a Raspberry Pi's firmware is asked, in the reader's language: a process of two milliseconds, asked as seldom as Android's services. */
export const FIRMWARE_LINES: readonly string[] = ['run vcgencmd get_throttled'];

/** What the firmware says of the clock; nothing where it does not answer. */
export function readFirmware([text = '']: readonly string[]): Pick<ConditionSample, 'firmwareThrottling'> {
  const outcome = parseVcgencmdThrottled(text);
  return outcome.ok ? { firmwareThrottling: outcome.value } : {};
}

/** Why the firmware does not tell it. */
export function firmwareAbsence([text = '']: readonly string[]): string {
  const said = text.trim().split('\n', 1).join('').slice(0, 80);
  return `vcgencmd get_throttled does not answer${said === '' ? '' : ` (${JSON.stringify(said)})`}; it needs the program (package raspi-utils or libraspberrypi-bin) and a user in the group video`;
}
