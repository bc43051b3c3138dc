import { existsSync } from 'node:fs';
import { readdir, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Board } from '../lab/board.ts';
import type { KindName } from '../lab/kinds/registry.ts';
import { lacksLab } from '../lab/needs.ts';
import { labWithFiles } from './lab-files.ts';
import { never } from './reading.ts';

const MIB = 2 ** 20;
/** Longer than the guard waits for a beat, with room for a busy machine. */
const GUARD_MS = 100_000;

describe.skipIf(lacksLab)('a cable that is cut in the middle of a push', { timeout: 240_000 }, () => {
  const here = labWithFiles(['pixel']);

  test.concurrent.each<KindName>(['pixel', 'galaxy', 'rpi'])('%s: what received it ends, though nothing closed its input, and its room is free again', async (kind) => {
    await using board = await here.lab.spare({ kind });
    await using transport = await openTransport(board.address, { signal: never });
    const session = await board.hostPath((await transport.scratch(never)).replace(/\/scratch.*/, ''));
    const path = join(here.files.folder, kind);
    await writeFile(path, '');
    await truncate(path, 700 * MIB);
    const abort = new AbortController();
    const pushing = transport.push(path, 'f'.repeat(64), abort.signal);
    pushing.catch(() => {});
    const receiving = async (): Promise<boolean> => (await board.processes()).some(({ command }) => command.includes('unverified'));
    const left = async () => ({ session: existsSync(session), receiving: await receiving(), roomTaken: await roomTaken(board) });
    await expect.poll(async () => (await receiving()) && (await roomTaken(board)) > 0, { timeout: GUARD_MS, interval: 20 }).toBe(true);
    board.cutNow();
    expect(await left()).toMatchObject({ session: true, receiving: true });
    await expect.poll(left, { timeout: GUARD_MS, interval: 500 }).toEqual({ session: false, receiving: false, roomTaken: 0 });
    await board.mend();
    abort.abort(new Error('enough'));
    await expect(pushing).rejects.toThrow();
  });
});

/** Bytes of files in parts' folders that some process of the board has open, removed ones among them. */
async function roomTaken(board: Board): Promise<number> {
  let bytes = 0;
  for (const { pid } of await board.processes()) {
    for (const name of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '');
      if (target.includes('/part/')) bytes += (await stat(`/proc/${pid}/fd/${name}`).catch(() => ({ blocks: 0 }))).blocks * 512;
    }
  }
  return bytes;
}
