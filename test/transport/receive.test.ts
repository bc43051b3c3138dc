import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RECEIVE } from '../../src/transport/device-scripts.ts';
import { LocalFiles, textOf } from './reading.ts';

const MIB = 2 ** 20;
let files: LocalFiles;
beforeAll(async () => { files = await LocalFiles.make(); });
afterAll(() => files[Symbol.asyncDispose]());

/** The script that boards run, in this machine's shell, while the pieces are written; it is told of each. */
async function receive(name: string, sha256: string, pieces: readonly (readonly [at: number, bytes: Buffer])[], ending: readonly string[]): Promise<{ said: string; part: string; to: string }> {
  const part = join(files.folder, `${name} part`);
  const to = join(files.folder, `${name} to`);
  const child = spawn('sh', ['-c', RECEIVE, 'sh', part, to, sha256], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = textOf(child.stdout);
  child.stdin.write('more\n');
  await sleep(50);
  const file = await open(part, 'wx');
  for (const [at, bytes] of pieces) {
    await file.write(bytes, 0, bytes.length, at);
    child.stdin.write('more\n');
    await sleep(50);
  }
  await file.close();
  child.stdin.end(ending.map((word) => `${word}\n`).join(''));
  await once(child, 'close');
  return { said: (await said).trim(), part, to };
}

test('what arrives piece by piece is hashed as it comes, and published when it is right', async () => {
  const { bytes, sha256 } = await files.random('right', 3 * MIB);
  const { said, part, to } = await receive('right', sha256, [[0, bytes.subarray(0, MIB)], [MIB, bytes.subarray(MIB)]], ['last', 'publish']);
  expect(said).toBe('done');
  expect(existsSync(part)).toBe(false);
  expect((await readFile(to)).equals(bytes)).toBe(true);
});

test('a server that writes out of order leaves holes for a while; the whole file is then looked at again', async () => {
  const { bytes, sha256 } = await files.random('order', 2 * MIB);
  expect(await receive('order', sha256, [[MIB, bytes.subarray(MIB)], [0, bytes.subarray(0, MIB)]], ['last', 'publish'])).toMatchObject({ said: 'done' });
});

test('wrong content, a file that is too short, and a sender that went are never published and not left', async () => {
  const { bytes, sha256 } = await files.random('wrong', MIB);
  const other = Buffer.from(bytes).fill(0, 1000, 1010);
  const cases = [
    await receive('wrong', sha256, [[0, other]], ['last', 'publish']),
    await receive('short', sha256, [[0, bytes.subarray(1)]], ['last', 'publish']),
    await receive('gone', sha256, [[0, bytes]], ['last']),
    await receive('away', sha256, [[0, bytes]], []),
  ];
  expect(cases.map(({ said }) => said)).toEqual(['corrupt', 'corrupt', '', '']);
  for (const { part, to } of cases) expect([existsSync(part), existsSync(to)]).toEqual([false, false]);
});
