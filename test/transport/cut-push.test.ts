import { existsSync } from 'node:fs';
import { readdir, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Board } from '../lab/board.ts';
import type { KindName } from '../lab/kinds/registry.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { LocalFiles, never } from './reading.ts';

const MIB = 2 ** 20;
/** Longer than the guard waits for a beat, with room for a busy machine. */
const GUARD_MS = 100_000;

describe.skipIf(lacksLab)('a cable that is cut in the middle of a push', { timeout: 180_000 }, () => {
  let lab: Lab;
  let files: LocalFiles;

  beforeAll(async () => {
    lab = await useLab(['pixel']);
    files = await LocalFiles.make();
  }, LAB_HOOK_MS);

  afterAll(() => files?.[Symbol.asyncDispose]());

  test.concurrent.each<KindName>(['pixel', 'galaxy', 'rpi'])('%s: what received it ends, though nothing closed its input, and its room is free again', async (kind) => {
    await using board = await lab.spare({ kind });
    await using transport = await openTransport(board.address, { signal: never });
    const session = await board.hostPath((await transport.scratch(never)).replace(/\/scratch.*/, ''));
    const path = join(files.folder, kind);
    await writeFile(path, '');
    await truncate(path, 700 * MIB);
    const abort = new AbortController();
    const cut = Promise.withResolvers<void>();
    let going = true;
    const pushing = transport.push(path, 'f'.repeat(64), abort.signal, (bytes) => {
      if (bytes < 64 * MIB || !going) return;
      going = false;
      board.cut().then(cut.resolve, cut.reject);
    });
    pushing.catch(() => {});
    await cut.promise;
    const receiving = async (): Promise<boolean> => (await board.processes()).some(({ command }) => command.includes('unverified'));
    expect(await receiving()).toBe(true);
    expect(await roomTaken(board)).toBeGreaterThan(0);
    for (let waited = 0; waited < GUARD_MS && (existsSync(session) || (await receiving()) || (await roomTaken(board)) > 0); waited += 500) await sleep(500);
    expect(await receiving()).toBe(false);
    expect(await roomTaken(board)).toBe(0);
    expect(existsSync(session)).toBe(false);
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
