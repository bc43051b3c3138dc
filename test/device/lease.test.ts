import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { takeDeviceLease } from '../../src/device/device-lease.ts';
import { acquireLease } from '../../src/device/lease.ts';
import { localTransport } from '../../src/transport/local.ts';

const HOLDER = new URL('lease-holder.ts', import.meta.url).pathname;
const children = new Set<ChildProcess>();
let base: string;
let folder: string;
let log: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'paddock-lease-'));
  folder = join(base, 'locks');
  log = join(base, 'log');
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(base, { recursive: true, force: true });
});

function holder(name: string, holdMs: number, times: number, { locks = folder, go = '' } = {}): ChildProcess {
  const child = spawn(process.execPath, [HOLDER, locks, 'local', name, String(holdMs), String(times), log, go], { stdio: 'inherit' });
  children.add(child);
  return child;
}

const lines = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 120_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error('waited too long');
    await sleep(10);
  }
}

const options = { owner: 'this test', onWait: () => undefined };

/** Who had the device, in order, when two that ask again at once began at the same moment. */
async function turnsOfTwo(): Promise<string> {
  const place = mkdtempSync(join(base, 'two-'));
  const go = join(place, 'go');
  rmSync(log, { force: true });
  const both = ['A', 'B'].map((name) => holder(name, 250, 6, { go }));
  const codes = Promise.all(both.map(async (child) => (await once(child, 'exit') as [number | null])[0]));
  await until(() => ['A', 'B'].every((name) => existsSync(join(place, name))));
  writeFileSync(go, '');
  expect(await codes).toEqual([0, 0]);
  const seen = lines();
  expect(seen).toHaveLength(24);
  for (let i = 0; i < seen.length; i += 2) expect(seen[i + 1]).toBe(seen[i]?.replace(' in', ' out'));
  return seen.filter((line) => line.endsWith(' in')).map((line) => line[0]).join('');
}

test('only one process has a device; one that asks again at once does not starve the other', async () => {
  // Nobody has it three times in a row before the other had it. One that is held up before it asks again misses turns by itself: then the two are asked again.
  const isFair = (order: string): boolean => !/AAA|BBB/.test(order.slice(0, 8));
  let order = await turnsOfTwo();
  for (let tries = 1; !isFair(order) && tries < 5; tries++) order = await turnsOfTwo();
  expect(isFair(order), order).toBe(true);
});

test('this machine is one device to those who share no folder of locks: other users, another TMPDIR, a host that comes over ssh', async () => {
  vi.stubEnv('PADDOCK_LEASE_FOLDER', join(base, 'machine'));
  onTestFinished(() => { vi.unstubAllEnvs(); });
  const both = [holder('A', 200, 2, { locks: join(base, 'locks of A') }), holder('B', 200, 2, { locks: join(base, 'locks of B') })];
  const codes = await Promise.all(both.map(async (child) => (await once(child, 'exit') as [number | null])[0]));
  expect(codes).toEqual([0, 0]);
  const seen = lines();
  expect(seen).toHaveLength(8);
  for (let i = 0; i < seen.length; i += 2) expect(seen[i + 1]).toBe(seen[i]?.replace(' in', ' out'));
  // One that died holds nothing up, and is told by name while it lives.
  const child = holder('the other user', 240_000, 1, { locks: join(base, 'locks of C') });
  await until(() => lines().length === 9);
  const owners: string[] = [];
  const ask = () => acquireLease('local', { owner: 'this test', folder, signal: AbortSignal.timeout(240_000), onWait: (owner) => { owners.push(owner); } });
  const lease = ask();
  await until(() => owners.length > 0);
  child.kill('SIGKILL');
  await (await lease).release();
  expect(owners).toEqual([expect.stringMatching(/^process \d+ on .* \(the other user\)$/)]);
  // The same process would wait for itself.
  const reached = await takeDeviceLease(localTransport, 'board', { label: 'this run, over ssh', folder: join(base, 'machine'), maxWaitMs: 0, signal: AbortSignal.timeout(240_000), onWait: () => undefined });
  await expect(ask()).rejects.toThrow(/this run, over ssh\).*leave `local` or that device out/);
  await reached.release();
  await (await ask()).release();
});

test('kill -9 of the owner frees the device; whoever waits is told its name', async () => {
  const child = holder('the night run', 240_000, 1);
  await until(() => lines().length === 1);
  const owners: string[] = [];
  const lease = acquireLease('local', { owner: 'this test', folder, signal: AbortSignal.timeout(240_000), onWait: (owner) => { owners.push(owner); } });
  await until(() => owners.length > 0);
  child.kill('SIGKILL');
  await (await lease).release();
  expect(owners).toEqual(['the night run']);
});

test('a neighbour\'s launch of hours is waited for; the wait ends with the signal, and other devices are free', async () => {
  await using held = await acquireLease('local', { ...options, folder, signal: AbortSignal.timeout(240_000) });
  await expect(acquireLease('local', { ...options, folder, signal: AbortSignal.timeout(150) })).rejects.toThrow('timeout');
  const now = performance.now.bind(performance);
  const owners: string[] = [];
  const later = acquireLease('local', { ...options, owner: 'a neighbour', folder, signal: AbortSignal.timeout(240_000), onWait: (owner) => { owners.push(owner); } });
  await until(() => owners.length > 0);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + 12 * 3_600_000);
  try {
    await sleep(300);
  } finally {
    clock.mockRestore();
  }
  await held.release();
  await (await later).release();
  const other = await acquireLease('phone/../../x', { ...options, folder, signal: AbortSignal.timeout(240_000) });
  await other.release();
  await other.release();
});

test('the lock of a free device is taken without a wait', async () => {
  const waited: string[] = [];
  for (let i = 0; i < 50; i++) await (await acquireLease('phone', { ...options, folder, signal: AbortSignal.timeout(240_000), onWait: (owner) => { waited.push(owner); } })).release();
  expect(waited).toEqual([]);
});

test('a folder that is a link to somewhere else is refused', async () => {
  symlinkSync(tmpdir(), folder);
  await expect(acquireLease('local', { ...options, folder, signal: AbortSignal.timeout(240_000) })).rejects.toThrow("not a folder of this user's");
});

test('those of one owner in this process take turns in the order that they asked, and are told of nobody; one that gives up is skipped', async () => {
  const told: string[] = [];
  const ask = (signal: AbortSignal) => acquireLease('local', { owner: 'this run', folder, signal, onWait: (owner) => { told.push(owner); } });
  const order: number[] = [];
  const patience = AbortSignal.timeout(240_000);
  const held = await ask(patience);
  const gaveUp = ask(AbortSignal.timeout(100));
  const others = [1, 2, 3].map(async (who) => {
    await using _lease = await ask(patience);
    order.push(who);
    await sleep(150);
  });
  await expect(gaveUp).rejects.toThrow('timeout');
  expect(order).toEqual([]);
  await held.release();
  await Promise.all(others);
  expect(order).toEqual([1, 2, 3]);
  expect(told).toEqual([]);
});
