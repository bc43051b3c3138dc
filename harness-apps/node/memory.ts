import { readFileSync } from 'node:fs';

export interface MemoryReading {
  readonly peakBytes: number;
  readonly currentBytes: number;
  readonly method: string;
}

/** Peak and current resident memory of this process, with where it was read. */
export function readMemory(): MemoryReading {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'latin1') : '';
  const peak = kibibytes(status, 'VmHWM');
  const current = kibibytes(status, 'VmRSS');
  if (peak !== null && current !== null) return { peakBytes: Math.max(peak, current), currentBytes: current, method: 'VmHWM' };
  const currentBytes = process.memoryUsage.rss();
  return { peakBytes: Math.max(process.resourceUsage().maxRSS * 1024, currentBytes), currentBytes, method: 'getrusage maxrss' };
}

function kibibytes(status: string, field: string): number | null {
  const digits = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return digits === undefined ? null : Number(digits) * 1024;
}
