import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RECEIVE } from '../../src/transport/device-scripts.ts';
import { LocalFiles, textOf } from './reading.ts';

const MIB = 2 ** 20;
let files: LocalFiles;
beforeAll(async () => { files = await LocalFiles.make(); });
afterAll(() => files[Symbol.asyncDispose]());

type Piece = readonly [at: number, bytes: Buffer];
interface Arriving {
  readonly name: string;
  readonly sha256: string;
  readonly size: number;
  readonly pieces: readonly Piece[];
  readonly ending: readonly string[];
  /** Folder of the programs that the script finds; else this machine's. */
  readonly path?: string;
  /** What another writer does when all was read. */
  readonly meddle?: (part: string) => Promise<void>;
}

/** The script that boards run, in this machine's shell, while the pieces are written; it is told of each. */
async function receive({ name, sha256, size, pieces, ending, path, meddle }: Arriving): Promise<{ said: string; part: string; to: string }> {
  const part = join(files.folder, `${name} part`);
  const to = join(files.folder, `${name} to`);
  const session = join(files.folder, `${name} session`);
  await mkdir(join(session, 'run'), { recursive: true });
  const env = { ...process.env, ...(path === undefined ? {} : { PATH: path }) };
  const child = spawn('/bin/sh', ['-c', RECEIVE, 'sh', session, part, to, sha256, String(size)], { stdio: ['pipe', 'pipe', 'ignore'], env });
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
  await expect.poll(() => readdir(join(session, 'run'))).toHaveLength(1);
  for (const word of ending) {
    child.stdin.write(`${word}\n`);
    if (meddle === undefined || word !== 'last') continue;
    await sleep(200);
    await meddle(part);
  }
  child.stdin.end();
  await once(child, 'close');
  expect(await readdir(join(session, 'run'))).toEqual([]);
  return { said: (await said).trim(), part, to };
}

const PUBLISHED = ['last', 'publish'];

test('what arrives piece by piece is hashed as it comes, and published when it is right', async () => {
  const { bytes, sha256 } = await files.random('right', 3 * MIB);
  const { said, part, to } = await receive({ name: 'right', sha256, size: bytes.length, pieces: [[0, bytes.subarray(0, MIB)], [MIB, bytes.subarray(MIB)]], ending: PUBLISHED });
  expect(said).toBe('done');
  expect(existsSync(part)).toBe(false);
  expect((await readFile(to)).equals(bytes)).toBe(true);
});

test('a server that writes out of order leaves holes for a while; the whole file is then looked at again', async () => {
  const { bytes, sha256 } = await files.random('order', 2 * MIB);
  expect(await receive({ name: 'order', sha256, size: bytes.length, pieces: [[MIB, bytes.subarray(MIB)], [0, bytes.subarray(0, MIB)]], ending: PUBLISHED })).toMatchObject({ said: 'done' });
});

test('wrong content, a file that is too short, and a sender that went are never published and not left', async () => {
  const { bytes, sha256 } = await files.random('wrong', MIB);
  const other = Buffer.from(bytes).fill(0, 1000, 1010);
  const size = bytes.length;
  const cases = [
    await receive({ name: 'wrong', sha256, size, pieces: [[0, other]], ending: PUBLISHED }),
    await receive({ name: 'short', sha256, size, pieces: [[0, bytes.subarray(1)]], ending: PUBLISHED }),
    await receive({ name: 'gone', sha256, size, pieces: [[0, bytes]], ending: ['last'] }),
    await receive({ name: 'away', sha256, size, pieces: [[0, bytes]], ending: [] }),
  ];
  expect(cases.map(({ said }) => said)).toEqual(['corrupt', 'corrupt', '', '']);
  for (const { part, to } of cases) expect([existsSync(part), existsSync(to)]).toEqual([false, false]);
});

test('what is under the name when it is to be published counts, not what was read of it before: more bytes, or another file, are refused', async () => {
  const { bytes, sha256 } = await files.random('meddled', MIB);
  const arriving = { sha256, size: bytes.length, pieces: [[0, bytes]] as const, ending: PUBLISHED };
  const replace = (content: Buffer) => async (part: string): Promise<void> => {
    await rm(part);
    await writeFile(part, content);
  };
  const longer = await receive({ ...arriving, name: 'longer', meddle: (part) => appendFile(part, 'x') });
  const other = await receive({ ...arriving, name: 'other', meddle: replace(Buffer.alloc(MIB)) });
  const same = await receive({ ...arriving, name: 'same', meddle: replace(bytes) });
  expect([longer.said, other.said, same.said]).toEqual(['corrupt', 'corrupt', 'done']);
  for (const { part, to } of [longer, other]) expect([existsSync(part), existsSync(to)]).toEqual([false, false]);
  expect((await readFile(same.to)).equals(bytes)).toBe(true);
});

test('a device without dd reads the file when it is whole', async () => {
  const path = join(files.folder, 'bin');
  await mkdir(path);
  for (const name of ['sh', 'setsid', 'cat', 'rm', 'mv', 'wc', 'sha256sum']) await symlink(join('/usr/bin', name), join(path, name));
  const { bytes, sha256 } = await files.random('no-dd', MIB);
  const arriving = { sha256, size: bytes.length, ending: PUBLISHED, path };
  expect(await receive({ ...arriving, name: 'no-dd', pieces: [[0, bytes]] })).toMatchObject({ said: 'done' });
  expect(await receive({ ...arriving, name: 'no-dd-short', pieces: [[0, bytes.subarray(1)]] })).toMatchObject({ said: 'corrupt' });
});

test('the guard\'s end of the session ends it too, and what had come takes no room', async () => {
  const session = join(files.folder, 'ended');
  const [part, to] = [join(files.folder, 'ended part'), join(files.folder, 'ended to')];
  await mkdir(join(session, 'run'), { recursive: true });
  const child = spawn('/bin/sh', ['-c', RECEIVE, 'sh', session, part, to, 'f'.repeat(64), '100'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = textOf(child.stdout);
  // A file server that does not know that its cable is out keeps what it was writing open.
  await using server = await open(part, 'wx');
  await server.write('half');
  child.stdin.write('more\n');
  await expect.poll(() => readdir(join(session, 'run'))).toHaveLength(1);
  // As SESSION does; the sender's end of the channel stays open.
  for (const group of await readdir(join(session, 'run'))) process.kill(-Number(group), 'SIGKILL');
  await once(child, 'close');
  expect(await said).toBe('');
  expect([existsSync(part), existsSync(to)]).toEqual([false, false]);
  expect(await server.stat()).toMatchObject({ size: 0, blocks: 0 });
});

test('nothing is received for a session that has ended', async () => {
  const child = spawn('/bin/sh', ['-c', RECEIVE, 'sh', join(files.folder, 'never'), join(files.folder, 'part'), join(files.folder, 'to'), 'f'.repeat(64), '0'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = textOf(child.stdout);
  await once(child, 'close');
  expect(await said).toBe('');
});
