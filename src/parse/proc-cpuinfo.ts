import { parseCpuinfo, type CpuInfo } from './cpuinfo.ts';
import { dumpLines, type DumpOutcome } from './dump.ts';

/** A dumped /proc/cpuinfo, with what the bare reading can not tell. */
export function parseProcCpuinfo(text: string): DumpOutcome<CpuInfo> {
  const lines = dumpLines(text);
  const info = parseCpuinfo(lines.join('\n'));
  if (Object.keys(info).length === 0) return { ok: false, reason: 'it has no `processor`, `CPU part`, `model name` or `Hardware` line of /proc/cpuinfo' };
  const numbers = lines.flatMap((line) => /^processor\s{0,20}: ?(\d{1,5})\s*$/.exec(line)?.[1] ?? []).map(Number);
  const highest = Math.max(-1, ...numbers.slice(0, 65_536));
  const warnings = [
    ...(info.cores === undefined ? ['there is no numbered processor: the count of cores is not known'] : []),
    ...(highest >= numbers.length ? [`the processors are numbered up to ${highest}, but ${numbers.length} are listed: offline cores are not printed`] : []),
  ];
  return { ok: true, value: info, warnings };
}
