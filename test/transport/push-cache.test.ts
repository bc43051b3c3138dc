import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { Board } from '../lab/board.ts';
import type { KindName } from '../lab/kinds/registry.ts';
import { lacksLab } from '../lab/needs.ts';
import { labWithFiles } from './lab-files.ts';
import { faultOf, never, run } from './reading.ts';

const MIB = 2 ** 20;

describe.skipIf(lacksLab)('push cache', () => {
  const here = labWithFiles(['pixel']);

  const rootOf = async (transport: Transport): Promise<string> => (await transport.scratch(never)).replace(/\/session\/.*/, '');
  const store = async (transport: Transport): Promise<readonly string[]> => (await run(transport, ['ls', `${await rootOf(transport)}/store`])).out.split('\n').filter((line) => line !== '');

  test.each<KindName>(['pixel', 'galaxy', 'rpi'])('%s: the least recently used goes when room is needed, never what is in use', async (kind) => {
    await using board = await here.lab.spare({ kind });
    const [a, b, c, d] = await Promise.all([here.files.random(`${kind}-a`, MIB), here.files.random(`${kind}-b`, MIB), here.files.random(`${kind}-c`, MIB), here.files.random(`${kind}-d`, MIB)]);
    const options = { signal: never, cacheMaxBytes: 3.5 * MIB };
    const first = await openTransport(board.address, options);
    await first.push(a.path, a.sha256, never);
    // mtime has the grain of a second on some file systems, and older ones must be told from newer.
    await run(first, ['sleep', '1.1']);
    await first.push(b.path, b.sha256, never);
    await first.close();
    await using second = await openTransport(board.address, options);
    await run(second, ['sleep', '1.1']);
    expect(second.sentBytes).toBe(0);
    await second.push(a.path, a.sha256, never);
    expect(second.sentBytes).toBe(0);
    await second.push(c.path, c.sha256, never);
    await second.push(d.path, d.sha256, never);
    expect([...(await store(second))].sort()).toEqual([a.sha256, c.sha256, d.sha256].sort());
    await using third = await openTransport(board.address, options);
    expect(await faultOf(third.push(b.path, b.sha256, never))).toBe('device-full');
    expect([...(await store(second))].sort()).toEqual([a.sha256, c.sha256, d.sha256].sort());
    await second.close();
    await third.push(b.path, b.sha256, never);
    expect(await store(third)).toContain(b.sha256);
  });

  // A board of the lab has the wall clock of its host: here the files' times jump, which is what a jumped clock makes of them.
  test('a jump of the device\'s wall clock by years, forward or back, ends no session and loses nothing', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    const [a, b] = await Promise.all([here.files.random('clock-a', MIB), here.files.random('clock-b', MIB)]);
    await using first = await openTransport(board.address, { signal: never });
    await first.push(a.path, a.sha256, never);
    for (const year of ['2010', '2037']) {
      await run(first, ['sh', '-c', `find "$1" -exec touch -t ${year}01010000 {} +`, 'sh', await rootOf(first)]);
      await using second = await openTransport(board.address, { signal: never });
      await second.push(a.path, a.sha256, never);
      expect(second.sentBytes, year).toBe(0);
      expect((await run(first, ['echo', 'still here'])).out, year).toBe('still here\n');
    }
    await first.push(b.path, b.sha256, never);
    expect([...(await store(first))].sort()).toEqual([a.sha256, b.sha256].sort());
  });

  test('a bundle is held as one, and goes as one', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    const [x, y] = await Promise.all([here.files.random('x', MIB), here.files.random('y', MIB)]);
    const options = { signal: never, cacheMaxBytes: 2.5 * MIB };
    const first = await openTransport(board.address, options);
    const folder = await first.pushBundle([{ path: 'x', localPath: x.path, sha256: x.sha256 }, { path: 'in/y', localPath: y.path, sha256: y.sha256 }], never);
    expect((await run(first, ['sha256sum', `${folder}/in/y`])).out).toContain(y.sha256);
    // Links take no room of their own.
    expect(Number((await run(first, ['du', '-sk', `${await rootOf(first)}/store`])).out.split(/\s/)[0])).toBeLessThan(2200);
    await first.close();
    const z = await here.files.random('z', 2 * MIB);
    await using second = await openTransport(board.address, options);
    await second.push(z.path, z.sha256, never);
    expect(await store(second)).toEqual([z.sha256]);
  });

  test('what a power cut or a hand spoiled on the device is sent again', async () => {
    await using board = await here.lab.spare({ kind: 'galaxy' });
    const file = await here.files.random('spoiled', 300_000);
    const first = await openTransport(board.address, { signal: never });
    const path = await first.push(file.path, file.sha256, never);
    await run(first, ['sh', '-c', 'printf x | dd of="$1" bs=1 seek=1000 conv=notrunc', 'sh', path]);
    await first.close();
    await using second = await openTransport(board.address, { signal: never });
    expect(await second.push(file.path, file.sha256, never)).toBe(path);
    expect(second.sentBytes).toBe(300_000);
    expect((await run(second, ['sha256sum', path])).out).toContain(file.sha256);
  });

  test.each<KindName>(['galaxy', 'rpi'])('%s: a file inside a bundle that was spoiled is sent again, and only that one', async (kind) => {
    await using board = await here.lab.spare({ kind });
    const [whole, cut] = await Promise.all([here.files.random('whole', 300_000), here.files.random('cut', 200_000)]);
    const bundle = [{ path: 'program', localPath: whole.path, sha256: whole.sha256 }, { path: 'lib/cut.so', localPath: cut.path, sha256: cut.sha256 }];
    const first = await openTransport(board.address, { signal: never });
    const folder = await first.pushBundle(bundle, never);
    // What a power cut leaves: the name, and nothing in it.
    await run(first, ['sh', '-c', ': >"$1"', 'sh', `${folder}/lib/cut.so`]);
    await first.close();
    await using second = await openTransport(board.address, { signal: never });
    expect(await second.pushBundle(bundle, never)).toBe(folder);
    expect(second.sentBytes).toBe(200_000);
    expect((await run(second, ['sha256sum', `${folder}/lib/cut.so`, `${folder}/program`])).out).toMatch(new RegExp(`${cut.sha256}[^]*${whole.sha256}`));
    await second.close();
    await using third = await openTransport(board.address, { signal: never });
    await third.pushBundle(bundle, never);
    expect(third.sentBytes).toBe(0);
  });

  test('a device without sha256sum: what was sent is read back', async () => {
    await using board = await here.lab.spare({ kind: 'galaxy' });
    const inside = await board.hostPath('/system/bin');
    await withoutDigest(inside);
    await using transport = await openTransport(board.address, { signal: never });
    expect((await run(transport, ['sh', '-c', 'command -v sha256sum toybox busybox'])).out).toBe('');
    const file = await here.files.random('read-back', 300_000);
    const path = await transport.push(file.path, file.sha256, never);
    expect((await run(transport, ['wc', '-c', path])).out).toContain('300000');
    expect(await faultOf(transport.upload(file.path, '/data/x', { signal: never, sha256: 'f'.repeat(64) }))).toBe('corrupt');
    expect((await run(transport, ['ls', '/data'])).out).not.toContain('x');
  });

  test('a disk that is full is told as that, and nothing half-written is left', async () => {
    await using board = await here.lab.spare({ kind: 'pixel', dataMiB: 8 });
    await using transport = await openTransport(board.address, { signal: never });
    const file = await here.files.random('too-large', 20 * MIB);
    expect(await faultOf(transport.push(file.path, file.sha256, never))).toBe('device-full');
    // Past the look at the room: the daemon itself meets the end of the disk.
    expect(await faultOf(transport.upload(file.path, '/data/local/tmp/there', { signal: never }))).toBe('device-full');
    expect(Number((await run(transport, ['du', '-sk', '/data/local/tmp'])).out.split(/\s/)[0])).toBeLessThan(200);
    const small = await here.files.random('small', 10_000);
    expect((await run(transport, ['sha256sum', await transport.push(small.path, small.sha256, never)])).out).toContain(small.sha256);
    // What is not in use makes room.
    const [one, two] = await Promise.all([here.files.random('one', 5 * MIB), here.files.random('two', 5 * MIB)]);
    const before = await openTransport(board.address, { signal: never });
    await before.push(one.path, one.sha256, never);
    await before.close();
    await transport.push(two.path, two.sha256, never);
    expect(await store(transport)).not.toContain(one.sha256);
  });

  test('two orchestrators push the same and different files at once, and neither spoils the other\'s', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    const shared = await here.files.random('shared', 16 * MIB);
    const own = await Promise.all([here.files.random('own-0', 2 * MIB), here.files.random('own-1', 2 * MIB)]);
    const results = await Promise.all(own.map((mine) => inAnotherProcess(board, [shared, mine])));
    await using transport = await openTransport(board.address, { signal: never });
    expect(results[0]?.[0]).toBe(results[1]?.[0]);
    for (const [i, mine] of own.entries()) {
      for (const [j, file] of [shared, mine].entries()) expect((await run(transport, ['sha256sum', results[i]?.[j] ?? ''])).out).toContain(file.sha256);
    }
    expect([...(await store(transport))].sort()).toEqual([shared, ...own].map(({ sha256 }) => sha256).sort());
    expect((await run(transport, ['sh', '-c', `ls ${await rootOf(transport)}/session`])).out.trim().split('\n')).toHaveLength(1);
  });

  test('sessions that begin and end at the same moment leave each other be', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    const stays = Array.from({ length: 4 }, async () => {
      for (let stay = 0; stay < 12; stay++) {
        await using transport = await openTransport(board.address, { signal: never });
        expect((await run(transport, ['echo', 'here'])).out).toBe('here\n');
      }
    });
    await Promise.all(stays);
  });

  test('one transport that is asked for the same file twice at once sends it once', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    await using transport = await openTransport(board.address, { signal: never });
    const file = await here.files.random('twice', 2 * MIB);
    const [one, two] = await Promise.all([transport.push(file.path, file.sha256, never), transport.push(file.path, file.sha256, never)]);
    expect(one).toBe(two);
    expect(transport.sentBytes).toBe(2 * MIB);
  });

  test('an aborted push leaves nothing and does not hinder the next', async () => {
    await using board = await here.lab.spare({ kind: 'pixel' });
    await using transport = await openTransport(board.address, { signal: never });
    const file = await here.files.random('aborted', 64 * MIB);
    const abort = new AbortController();
    await expect(transport.push(file.path, file.sha256, abort.signal, () => abort.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(await store(transport)).toEqual([]);
    await transport.push(file.path, file.sha256, never);
    expect(await store(transport)).toEqual([file.sha256]);
  });
});

async function withoutDigest(folder: string): Promise<void> {
  for (const name of ['sha256sum', 'busybox', '../../usr/bin/sha256sum', '../../usr/bin/toybox']) await rm(`${folder}/${name}`, { force: true });
}

async function inAnotherProcess(board: Board, pushed: readonly { readonly path: string; readonly sha256: string }[]): Promise<readonly string[]> {
  const code = `
    import { openTransport } from ${JSON.stringify(new URL('../../src/transport/open-transport.ts', import.meta.url).pathname)};
    const never = new AbortController().signal;
    const transport = await openTransport(${JSON.stringify(board.address)}, { signal: never });
    const paths = await Promise.all(${JSON.stringify(pushed.map(({ path, sha256 }) => ({ path, sha256 })))}.map(({ path, sha256 }) => transport.push(path, sha256, never)));
    await transport.close();
    console.log(JSON.stringify(paths));`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [exitCode] = await once(child, 'close');
  expect(exitCode).toBe(0);
  return JSON.parse(Buffer.concat(chunks).toString()) as readonly string[];
}
