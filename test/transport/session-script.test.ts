import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IDENTITY, SESSION } from '../../src/transport/device-scripts.ts';
import { isAlive } from '../harness/processes.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock-session-')); });
afterEach(() => {
  // With what a guard that was killed left behind.
  for (const { pid } of children.splice(0)) if (pid !== undefined && groupIsThere(pid)) process.kill(-pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The script that guards a session on a board, in this machine's shell. */
async function session(id: string): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', `${IDENTITY}${SESSION}`, 'paddock', id, '60', join(folder, 'root')], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => { said += text; });
  await expect.poll(() => said).toContain('ready\n');
  return child;
}

/** A program in a process group of its own, as the session's are. */
function program(): number {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

function groupIsThere(group: number): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && groupOf(name) === group);
}

/** Field 5 of /proc/PID/stat (proc(5)). */
function groupOf(pid: string): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[2]);
  } catch {
    return null; // gone meanwhile
  }
}

/** Field 22 of /proc/PID/stat (proc(5)). */
const startOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19]);

test('a number that is another program\'s by now is not signalled: not when asked to end it, not at the end, not by the next session', async () => {
  const guard = await session('one');
  const [own, stranger] = [program(), program()];
  const note = (id: string, pid: number, start: number): void => { writeFileSync(join(folder, 'root/session', id, 'run', String(pid)), `${start}\n`); };
  note('one', own, startOf(own));
  note('one', stranger, startOf(stranger) - 1);
  guard.stdin?.write(`term ${stranger}\nkill ${stranger}\nkill ${process.pid}\nbeat 0\nterm ${own}\n`);
  await expect.poll(() => isAlive(own)).toBe(false);
  expect(isAlive(stranger)).toBe(true);
  guard.stdin?.end();
  await once(guard, 'exit');
  expect(isAlive(stranger)).toBe(true);
  expect(existsSync(join(folder, 'root/session/one'))).toBe(false);

  // One that was killed itself leaves its notes to the next.
  const killed = await session('two');
  const left = program();
  note('two', left, startOf(left));
  note('two', stranger, startOf(stranger) - 1);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  await session('three');
  await expect.poll(() => isAlive(left)).toBe(false);
  expect(isAlive(stranger)).toBe(true);
});
