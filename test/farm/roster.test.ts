import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeDeviceLease, type DeviceLease } from '../../src/device/device-lease.ts';
import { labSchema } from '../../src/domain/lab.ts';
import { openRoster, type RosterOptions } from '../../src/farm/roster.ts';
import { boardHere } from './board-here.ts';

let folder: string;
const { signal } = new AbortController();
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock-roster-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

/** A board that says its serial is its address's host. */
function board(id: string): ReturnType<typeof boardHere> {
  mkdirSync(join(folder, id), { recursive: true });
  return boardHere(id, join(folder, id));
}

const lease = (id: string): Promise<DeviceLease> => takeDeviceLease(board(id), id, { label: 'the night run', maxWaitMs: 0, signal, onWait: () => undefined });

function options(devices: readonly string[], hosts: Readonly<Record<string, string>>, waitMinutes: number, notes: string[] = []): RosterOptions {
  return {
    devices: devices.map((id) => ({ id })) as unknown as RosterOptions['devices'],
    lab: labSchema.parse({ adb: [], devices: Object.entries(hosts).map(([id, host]) => ({ id, ssh: { host, user: 'me' } })), pools: { all: Object.keys(hosts) }, limits: { waitMinutes } }),
    reach: { open: (address) => Promise.resolve(board(address.kind === 'ssh' ? address.host : '')), adbServer: () => { throw new Error('there is no adb here'); } },
    profiles: [], suiteFolder: folder, workplace: { installFolder: folder, cacheFolder: folder, version: '0' }, setAside: [], label: 'a run', onNote: (note) => { notes.push(note); }, signal,
  };
}

test('two runs on the same devices, started together, have them one after the other', async () => {
  // Each is slow to reach the device that the other has at once.
  const ends = await Promise.all([['a', 'b'], ['b', 'a']].map(async ([, slow]) => {
    const own = options(['A', 'B'], { A: 'a', B: 'b' }, 4);
    const open: RosterOptions['reach']['open'] = (address) => {
      const host = address.kind === 'ssh' ? address.host : '';
      const way = board(host);
      return Promise.resolve({ ...way, exec: async (...call: Parameters<typeof way.exec>) => {
        if (host === slow) await sleep(700);
        return way.exec(...call);
      } });
    };
    await using roster = await openRoster({ ...own, reach: { ...own.reach, open } });
    return roster.units.map(({ id }) => id).toSorted();
  }));
  expect(ends).toEqual([['A', 'B'], ['A', 'B']]);
});

test('a pool does not wait for a busy device while another is free', async () => {
  const busy = await lease('a');
  const notes: string[] = [];
  await using roster = await openRoster(options(['pool:all'], { A: 'a', B: 'b' }, 0.2, notes));
  expect(roster.units.map(({ id }) => id)).toEqual(['B']);
  expect(roster.absent.get('A')?.reasons[0]?.code).toBe('device-in-use');
  expect(notes).toEqual([]);
  await busy.release();
});

test('a busy device that the suite names is waited for', async () => {
  const busy = await lease('a');
  const notes: string[] = [];
  const opening = openRoster(options(['A', 'B'], { A: 'a', B: 'b' }, 4, notes));
  await expect.poll(() => notes.join()).toContain('the night run');
  await busy.release();
  await using roster = await opening;
  expect(roster.units.map(({ id }) => id).toSorted()).toEqual(['A', 'B']);
});

test('one device under two names is used once', async () => {
  await using roster = await openRoster(options(['A', 'B'], { A: 'a', B: 'a' }, 0.05));
  expect(roster.units.map(({ id }) => id)).toEqual(['A']);
  expect(roster.absent.get('B')?.reasons[0]).toMatchObject({ code: 'device-twice' });
});

test('a browser is not started to find out whether it has a profile or is an unknown name', async () => {
  const opened: string[] = [];
  const own = options(['profile:some-board', 'B'], { B: 'b' }, 0.05);
  const lab = { ...own.lab, devices: [...own.lab.devices, ...labSchema.parse({ devices: [{ id: 'my-chromium', browser: {} }] }).devices] };
  await using roster = await openRoster({ ...own, lab, reach: { ...own.reach, open: (address, rest) => {
    opened.push(address.kind);
    return own.reach.open(address, rest);
  } } });
  expect(roster.units.map(({ id }) => id)).toEqual(['B']);
  expect(opened).not.toContain('browser');
});
