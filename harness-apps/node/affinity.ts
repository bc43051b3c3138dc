import { readFileSync } from 'node:fs';
import { messageOf, Refusal } from '../protocol/refusal.ts';

/** The cores that the main thread may run on, as the kernel tells; null where it does not (other systems than Linux). */
export function allowedCores(): readonly number[] | null {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'latin1');
  } catch {
    return null;
  }
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status)?.[1];
  return list === undefined ? null : list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Holds every thread of this process, and those it starts from now on, on the given cores. JavaScript has no call for it, so `taskset` of util-linux does it. */
export async function pin(cores: readonly number[]): Promise<void> {
  const wanted = [...new Set(cores)].sort((a, b) => a - b).join(',');
  if (allowedCores()?.join(',') === wanted) return;
  const { spawnSync } = await import('node:child_process');
  const { error, stderr } = spawnSync('taskset', ['-a', '-p', '-c', wanted, String(process.pid)], { encoding: 'utf8' });
  if (error !== undefined) throw new Refusal('bad-option', `the Node harness is held on cores by taskset (util-linux), which does not start: ${messageOf(error)}; take \`harness: native\`, or leave \`affinity\` out`);
  const held = allowedCores()?.join(',');
  if (held !== wanted) throw new Refusal('bad-option', `the process is not held on cores ${wanted} but on ${held ?? 'unknown ones'}: ${stderr.trim()}`);
}
