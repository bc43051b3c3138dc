import type { ConditionSample } from '../domain/condition.ts';
import { parseVcgencmdThrottled } from '../parse/vcgencmd-throttled.ts';
import { ExecError, type Transport } from '../transport/transport.ts';

/** It answers in two milliseconds. */
const ANSWER_MS = 5000;
const MOST_BYTES = 4096;

/** What a Raspberry Pi's firmware is asked, in the reader's language: a process of two milliseconds, asked as seldom as Android's services. */
export const FIRMWARE_LINES: readonly string[] = ['run vcgencmd get_throttled'];

/** Asks the firmware by a program of its own each time; in the form of the reader's answers, empty where there is no answer in time. Throws the signal's reason. */
export async function askFirmware(transport: Transport, signal: AbortSignal): Promise<readonly string[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  try {
    const process = await transport.exec(['vcgencmd', 'get_throttled'], { signal: limit });
    process.closeInput();
    const [said, why] = await Promise.all([head(process.stdout), head(process.stderr), process.exited]);
    return [said === '' ? why : said];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ExecError || limit.aborted) return [''];
    throw error;
  }
}

async function head(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) if (text.length < MOST_BYTES) text += Buffer.from(chunk).toString();
  return text;
}

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
