import { dumpLines, type DumpOutcome } from './dump.ts';
import { readLabels, splitPairs, type FieldsOf, type LabelTable } from './label-table.ts';
import { kibibytesAsMiB } from './reading.ts';

/** Labels of Linux Documentation/ABI/testing/procfs-smaps_rollup; kB there. Others, vendors' own among them, are skipped. */
const FIELDS = {
  Rss: { field: 'rssMiB', read: kibibytesAsMiB },
  Pss: { field: 'pssMiB', read: kibibytesAsMiB },
  Pss_Anon: { field: 'pssAnonymousMiB', read: kibibytesAsMiB },
  Pss_File: { field: 'pssFileMiB', read: kibibytesAsMiB },
  Pss_Shmem: { field: 'pssSharedMemoryMiB', read: kibibytesAsMiB },
  Shared_Clean: { field: 'sharedCleanMiB', read: kibibytesAsMiB },
  Shared_Dirty: { field: 'sharedDirtyMiB', read: kibibytesAsMiB },
  Private_Clean: { field: 'privateCleanMiB', read: kibibytesAsMiB },
  Private_Dirty: { field: 'privateDirtyMiB', read: kibibytesAsMiB },
  Anonymous: { field: 'anonymousMiB', read: kibibytesAsMiB },
  Swap: { field: 'swapMiB', read: kibibytesAsMiB },
  SwapPss: { field: 'swapPssMiB', read: kibibytesAsMiB },
} as const satisfies LabelTable;

export type SmapsRollup = FieldsOf<typeof FIELDS>;

/** Reads /proc/PID/smaps_rollup. A whole /proc/PID/smaps is refused: its first mapping would pass for the process. */
export function parseSmapsRollup(text: string): DumpOutcome<SmapsRollup> {
  const lines = dumpLines(text);
  if (lines.filter((line) => /^\s*Pss:/.test(line)).length > 1) return { ok: false, reason: 'it has several Pss lines, as smaps has one for each mapping; smaps_rollup has one' };
  const { fields, warnings } = readLabels(splitPairs(lines, ':'), FIELDS);
  if (fields.rssMiB === undefined && fields.pssMiB === undefined) return { ok: false, reason: 'it has neither an Rss nor a Pss line with kB' };
  return { ok: true, value: fields, warnings };
}
