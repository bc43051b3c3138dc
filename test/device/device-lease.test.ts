import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LeaseError, takeDeviceLease, type DeviceLeaseOptions } from '../../src/device/device-lease.ts';
import { thisProcess } from '../../src/store/owner.ts';
import { localTransport } from '../../src/transport/local.ts';

let folder: string;
let waits: string[];
const { signal } = new AbortController();

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'paddock-device-lease-')), 'lease');
  waits = [];
});
afterEach(() => { rmSync(join(folder, '..'), { recursive: true, force: true }); });

/** Less than what a lease of another host lasts without a sign. */
const WAIT_MS = 200_000;
const options = (label: string, maxWaitMs = WAIT_MS): DeviceLeaseOptions => ({ label, folder, maxWaitMs, pollMs: 20, signal, onWait: (owner) => { waits.push(owner); } });
const take = (label: string, maxWaitMs?: number) => takeDeviceLease(localTransport, 'board', options(label, maxWaitMs));

/** Changes what the lease's text says, as another host's would. */
function rewrite(change: (text: Record<string, unknown>) => object): void {
  const name = readdirSync(folder).find((entry) => entry.startsWith('lease.')) ?? '';
  const target = spawnSync('readlink', [join(folder, name)], { encoding: 'utf8' }).stdout.trim();
  const text = JSON.parse(Buffer.from(target, 'base64url').toString('utf8')) as Record<string, unknown>;
  unlinkSync(join(folder, name));
  symlinkSync(Buffer.from(JSON.stringify(change(text))).toString('base64url'), join(folder, name));
}

const elsewhere = (text: Record<string, unknown>): object => ({ ...text, owner: { ...thisProcess('nightly'), host: 'lab-2' } });

/** What the device says of its own uptime, as if the last sign was so long ago. */
function silentFor(seconds: number): void {
  const up = Math.floor(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]));
  rewrite((text) => ({ ...elsewhere(text), up: up - seconds }));
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('beat.'))) {
    writeFileSync(join(folder, name), `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${up - seconds}\n`);
  }
}

test('one at a time: the second waits, is told of the first by name, and has the device when it is given back', async () => {
  const first = await take('first run');
  const second = take('second run');
  await expect.poll(() => waits.length).toBeGreaterThan(0);
  await first.release();
  const held = await second;
  expect(waits).toEqual([expect.stringContaining('first run')]);
  expect(await held.confirm(signal)).toBeNull();
  expect(await first.confirm(signal)).toContain('second run');
  await held.release();
  await (await take('third run', 0)).release();
});

test('a device that stays in use is given up after the wait, with its owner', async () => {
  const first = await take('the night run');
  await expect(take('me', 100)).rejects.toThrow(LeaseError);
  await expect(take('me', 100)).rejects.toThrow(/the night run/);
  await first.release();
});

test('many at once: never two at a time, and each gets its turn', async () => {
  let inside = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 6 }, async (_, index) => {
    for (let turn = 0; turn < 3; turn++) {
      const lease = await take(`run ${index}`);
      most = Math.max(most, ++inside);
      await sleep(15);
      inside--;
      await lease.release();
    }
  }));
  expect(most).toBe(1);
});

test('a lease of another host that gave no sign for long goes to exactly one of those who want it', async () => {
  await take('nightly');
  silentFor(1000);
  const enough = new AbortController();
  const takers = Array.from({ length: 6 }, async (_, index) => takeDeviceLease(localTransport, 'board', { ...options(`taker ${index}`), signal: enough.signal }));
  const settled = Promise.allSettled(takers);
  await expect.poll(() => waits.filter((owner) => owner.includes('taker')).length).toBe(5);
  enough.abort(new Error('enough'));
  expect((await settled).filter((taker) => taker.status === 'fulfilled')).toHaveLength(1);
});

test('another host\'s lease holds while it gives signs', async () => {
  await take('nightly');
  silentFor(100);
  await expect(take('me', 200)).rejects.toThrow(/on lab-2 \(nightly\)/);
});

test('an owner on this host that died is gone at once', async () => {
  await take('crashed');
  rewrite((text) => ({ ...text, owner: { ...thisProcess('crashed'), pid: 2 ** 22 - 1, startTicks: 1 } }));
  await (await take('next')).release();
});

test('whoever was away too long learns that the device was taken', async () => {
  const sleeper = await take('a laptop that slept');
  silentFor(1000);
  const taker = await take('taker');
  expect(await sleeper.confirm(signal)).toContain('taker');
  await sleeper.release();
  expect(await taker.confirm(signal)).toBeNull();
  await taker.release();
});

test('nonsense in the folder is no lease, and no command', async () => {
  await (await take('a')).release();
  symlinkSync('$(touch pwned); `id`', join(folder, 'lease.999'));
  writeFileSync(join(folder, 'lease.x; touch pwned'), '');
  symlinkSync('far too high', join(folder, 'lease.99999999999999999999'));
  const lease = await take('b');
  expect(await lease.confirm(signal)).toBeNull();
  expect(readdirSync(folder)).not.toContain('pwned');
  await lease.release();
});
