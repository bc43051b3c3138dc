/** CPU time of all cores since boot, in clock ticks (proc_stat(5)). */
export interface CpuTimes {
  /** Tasks and interrupts of this machine. */
  readonly busy: number;
  /** Time in which the hypervisor ran somebody else although this machine had work. */
  readonly steal: number;
  /** Idle, waiting for a disk included. */
  readonly idle: number;
}

/** Columns of the `cpu` line. Guest time is not among them: `user` and `nice` count it already. */
const COLUMNS = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** Where each column goes. */
const PARTS: Readonly<Record<(typeof COLUMNS)[number], keyof CpuTimes>> = {
  user: 'busy', nice: 'busy', system: 'busy', idle: 'idle', iowait: 'idle', irq: 'busy', softirq: 'busy', steal: 'steal',
};

/** Reads the `cpu` line of /proc/stat; null when it isn't there or not of this form. */
export function parseProcStat(text: string): CpuTimes | null {
  const line = /^cpu +(.*)$/m.exec(text)?.[1];
  const values = line?.trim().split(/ +/) ?? [];
  const times = { busy: 0, steal: 0, idle: 0 };
  for (const [index, column] of COLUMNS.entries()) {
    const value = values[index];
    if (value === undefined || !/^\d+$/.test(value)) return null;
    times[PARTS[column]] += Number(value);
  }
  return times;
}

/**
 * Shares of the CPU time between two readings, 0 to 1. Null when no time passed or a count went back
 * (the kernel lets idle and iowait do so, proc_stat(5); a core went offline).
 */
export function cpuShares(before: CpuTimes, after: CpuTimes): { readonly busy: number; readonly steal: number } | null {
  const busy = after.busy - before.busy;
  const steal = after.steal - before.steal;
  const idle = after.idle - before.idle;
  const total = busy + steal + idle;
  if (total <= 0 || busy < 0 || steal < 0 || idle < 0) return null;
  return { busy: busy / total, steal: steal / total };
}
