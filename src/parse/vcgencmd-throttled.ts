import { FIRMWARE_SIGNS, type FirmwareSign } from '../domain/firmware-sign.ts';
import { dumpLines, type DumpOutcome } from './dump.ts';

/** What the firmware holds now, and what it has held at some time since boot. */
export interface FirmwareThrottling {
  readonly now: readonly FirmwareSign[];
  readonly sinceBoot: readonly FirmwareSign[];
}

/** Bits 0 to 3 are about now, 16 to 19 say the same of the time since boot. */
const SINCE_BOOT_SHIFT = 16;
/** `throttled=0x50005`; firmware of before 2017 prints zero without the prefix. */
const LINE = /^throttled=(?:0x)?([0-9a-f]{1,8})$/i;

/** Reads what `vcgencmd get_throttled` prints on a Raspberry Pi. */
export function parseVcgencmdThrottled(text: string): DumpOutcome<FirmwareThrottling> {
  const found = dumpLines(text).flatMap((line) => LINE.exec(line.trim())?.[1] ?? []);
  const [hex] = found;
  if (hex === undefined) return { ok: false, reason: 'it has no line `throttled=0x…`' };
  if (found.length > 1) return { ok: false, reason: `it has ${found.length} lines \`throttled=…\`: which of them counts is not known` };
  const bits = Number.parseInt(hex, 16);
  const signs = (shift: number): readonly FirmwareSign[] => FIRMWARE_SIGNS.filter((_, bit) => ((bits >>> (shift + bit)) & 1) === 1);
  const known = 0xf | (0xf << SINCE_BOOT_SHIFT);
  const others = (bits & ~known) >>> 0;
  return {
    ok: true,
    value: { now: signs(0), sinceBoot: signs(SINCE_BOOT_SHIFT) },
    warnings: others === 0 ? [] : [`bits 0x${others.toString(16)} have no documented meaning: left out`],
  };
}
