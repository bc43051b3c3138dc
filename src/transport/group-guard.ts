import { spawn } from 'node:child_process';
import { STARTED } from './device-scripts.ts';

/** Waits until whoever started it is gone, whatever ended that; then ends the group `$1`, where its number is not another process's by now, and removes the folder `$2`. */
export const GUARD = String.raw`
${STARTED}
group=$1 began=$(started "$1")
cat >/dev/null
now=$(started "$group")
# Of a group whose first process has gone others may be left.
[ -n "$now" ] && [ "$now" != "$began" ] || kill -KILL "-$group" 2>/dev/null
sleep 0.3
rm -rf -- "$2"
`;

/**
 * Ends a process group when this process is gone, however it went, also by SIGKILL; the folder goes with it. Gives a function that ends the watch. Windows has
 * no groups: there is no guard there.
 */
export function guardGroup(group: number, folder: string): () => void {
  if (process.platform === 'win32') return () => {};
  // A session of its own, so that what ends this process's group leaves the guard to do its work.
  const guard = spawn('/bin/sh', ['-c', GUARD, 'paddock-guard', String(group), folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return () => {
    if (guard.pid === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
    guard.kill('SIGKILL');
    guard.stdin.destroy();
  };
}
