import { parseDumpsysMeminfo, type ProcessMemory as MeminfoProcess } from '../parse/dumpsys-meminfo.ts';
import { parseSmapsRollup } from '../parse/smaps-rollup.ts';
import { parseWholeNumber } from '../parse/whole-number.ts';
import type { FileTree } from './file-tree.ts';

const MIB = 1024 * 1024;

/** An amount of memory and how it was read, or why it could not be. */
export type MemoryReading = { readonly bytes: number; readonly method: string } | { readonly absent: string };

/** Memory of one process as the system counts it. */
export interface ProcessMemory {
  /** Its own pages, and of shared ones its share; swapped ones as well. */
  readonly pss: MemoryReading;
  /** What a GPU's driver holds for it. */
  readonly gpu: MemoryReading;
}

/** Files that tell it, where the process and its GPU's driver are of a kind that does. */
export function memoryFiles(pid: number): { readonly rollup: string; readonly kgsl: string } {
  // Qualcomm's driver counts what it has mapped for each process (kgsl_process_private, gpumem_mapped).
  return { rollup: `proc/${pid}/smaps_rollup`, kgsl: `sys/class/kgsl/kgsl/proc/${pid}/gpumem_mapped` };
}

/** @param meminfo what `dumpsys meminfo PID` printed; null where there is no such service */
export function readProcessMemory(root: FileTree, pid: number, meminfo: string | null): ProcessMemory {
  const { rollup, kgsl } = memoryFiles(pid);
  const outcome = meminfo === null ? null : parseDumpsysMeminfo(meminfo);
  const process = outcome?.ok === true ? (outcome.value.processes[0] ?? null) : null;
  return { pss: pssOf(root, rollup, process), gpu: gpuOf(root, kgsl, process) };
}

function pssOf(root: FileTree, file: string, process: MeminfoProcess | null): MemoryReading {
  const smaps = parseSmapsRollup(root.text(file) ?? '');
  if (smaps.ok && smaps.value.pssMiB !== undefined) return { bytes: (smaps.value.pssMiB + (smaps.value.swapPssMiB ?? 0)) * MIB, method: 'PSS and SwapPss of smaps_rollup' };
  const total = process?.total?.pssMiB ?? process?.appSummary?.totalPssMiB;
  if (total !== undefined) return { bytes: total * MIB, method: 'TOTAL PSS of dumpsys meminfo' };
  const reading = root.read(file);
  return { absent: 'absent' in reading ? reading.absent : `${root.locate(file)} tells no PSS to this user` };
}

/** Rows of what graphics drivers hold for a process (libmemtrack's GL and EGL types). */
const GRAPHICS_ROWS: ReadonlySet<string> = new Set(['GL mtrack', 'EGL mtrack', 'Gfx dev']);

function gpuOf(root: FileTree, file: string, process: MeminfoProcess | null): MemoryReading {
  const mapped = parseWholeNumber(root.text(file) ?? '');
  if (mapped !== null) return { bytes: mapped, method: 'gpumem_mapped of kgsl' };
  const rows = (process?.rows ?? []).filter(({ name, pssMiB }) => GRAPHICS_ROWS.has(name) && pssMiB !== undefined);
  if (rows.length > 0) return { bytes: rows.reduce((sum, { pssMiB = 0 }) => sum + pssMiB, 0) * MIB, method: `${rows.map(({ name }) => name).join(' and ')} of dumpsys meminfo` };
  return { absent: 'the system tells no memory of a GPU for a process' };
}
