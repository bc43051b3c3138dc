import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { untilQuiet } from '../../src/transport/until-quiet.ts';

const never = new Promise(() => {});

test('what still comes after the end of a program is waited for while it comes, and silence is not', async () => {
  let bytes = 0;
  const coming = setInterval(() => { if (++bytes === 25) clearInterval(coming); }, 100);
  await untilQuiet(never, () => bytes);
  expect(bytes).toBe(25);
});

test('what came while this process stood still is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'until-quiet-'));
  const [go, written] = [join(folder, 'go'), join(folder, 'written')];
  // What a program that is gone left behind holds its output.
  const child = spawn('sh', ['-c', '(until [ -e "$0" ]; do sleep 0.05; done; head -c 50000 /dev/zero; : >"$1"; exec sleep 8302) & exec true', go, written], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => { bytes += chunk.length; });
  await once(child, 'exit');
  const waiting = untilQuiet(once(child.stdout, 'end'), () => bytes);
  spawn('touch', [go]);
  for (const until = performance.now() + 1500; performance.now() < until || !existsSync(written););
  await waiting;
  expect(bytes).toBe(50_000);
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

test('what never falls silent is waited for eight seconds', async () => {
  let looks = 0;
  await untilQuiet(never, () => looks++);
  expect(looks).toBe(9);
});
