import { dumpLines, type DumpOutcome } from './dump.ts';
import { parseMeminfo, type MemInfo } from './meminfo.ts';

/** A dumped /proc/meminfo. */
export function parseProcMeminfo(text: string): DumpOutcome<MemInfo> {
  const info = parseMeminfo(dumpLines(text).join('\n'));
  if (Object.keys(info).length === 0) return { ok: false, reason: 'it has neither a `MemTotal:` nor a `MemAvailable:` line with kB' };
  return { ok: true, value: info, warnings: info.availableMiB === undefined ? ['there is no MemAvailable: kernels before 3.14 do not print it, and it can not be made up from the rest'] : [] };
}
