import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';

/** Names one process beyond doubt: a pid alone is used again after its process died. */
export const ownerSchema = z.object({
  host: z.string(),
  /** Boot and pid namespace in which `pid` means something; null where the system has no /proc. */
  space: z.string().nullable(),
  pid: z.int().positive(),
  /** Start time in clock ticks since boot (proc(5), /proc/PID/stat field 22); null without /proc. */
  startTicks: z.int().nullable(),
  /** What the process is doing, for messages. */
  label: z.string(),
});
export type Owner = Readonly<z.infer<typeof ownerSchema>>;

/** This process. */
export function thisProcess(label: string): Owner {
  return { host: hostname(), space: pidSpace(), pid: process.pid, startTicks: processStart(process.pid), label };
}

/** Whether the process is still there: `unknown` for another host, container or boot, whose processes can't be seen from here. */
export function liveness(owner: Owner): 'alive' | 'dead' | 'unknown' {
  if (owner.host !== hostname() || owner.space !== pidSpace()) return 'unknown';
  if (owner.space !== null) {
    const start = processStart(owner.pid);
    return start !== null && start === owner.startTicks ? 'alive' : 'dead';
  }
  try {
    process.kill(owner.pid, 0);
    return 'alive';
  } catch (error) {
    // EPERM: there, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'alive' : 'dead';
  }
}

/** `process 4711 on lab-1 (paddock run suite.yaml)` */
export function describeOwner(owner: Owner): string {
  return `process ${owner.pid} on ${owner.host} (${owner.label})`;
}

function pidSpace(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null; // not Linux
  }
}

/** Null when there is no such process, or only its remains (a zombie holds nothing). */
function processStart(pid: number): number | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name in parentheses may hold spaces and parentheses: count fields after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const start = Number(fields[19]);
  return state === 'Z' || state === 'X' || !Number.isSafeInteger(start) ? null : start;
}
