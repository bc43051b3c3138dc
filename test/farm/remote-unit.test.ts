import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeDeviceLease } from '../../src/device/device-lease.ts';
import { labSchema } from '../../src/domain/lab.ts';
import { lockOf, RemoteUnit, type RemoteOptions } from '../../src/farm/remote-unit.ts';
import { boardHere } from './board-here.ts';

let folder: string;
const { signal } = new AbortController();
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'paddock-unit-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

test('a device that another Paddock has is waited for, is no fault of the device\'s, and its recovery command is not run', async () => {
  const notes: string[] = [];
  const transport = boardHere('board', folder);
  const lab = labSchema.parse({ devices: [{ id: 'board', ssh: { host: 'board', user: 'me' }, recover: ['true'] }], limits: { returnSeconds: 60, waitMinutes: 0.05 } });
  const options: RemoteOptions = {
    lab, reach: { open: () => Promise.resolve(transport), adbServer: () => { throw new Error('there is no adb here'); } }, profiles: [], label: 'this test', harnessPlace: { suiteFolder: folder, installFolder: folder }, onNote: (note) => { notes.push(note); }, signal,
  };
  const [entry] = lab.devices;
  const place = { address: { kind: 'ssh', host: 'board', user: 'me' }, entry: entry ?? null, id: 'board', label: 'ssh me@board', fault: null } as never;
  await using unit = await RemoteUnit.open({ place, id: 'board', transport, identity: await transport.identify(signal) }, options, 0);
  // The unit gives its lease back before it looks for the device again: the other one, which waits, has it sooner or later, and keeps it.
  const taking = takeDeviceLease(transport, 'board', { label: 'the night run', maxWaitMs: 240_000, pollMs: 1, signal, onWait: () => undefined });
  let gone = null;
  for (let i = 0; i < 200 && gone === null; i++) gone = await unit.recover(signal);
  expect(gone).toEqual({ kind: 'in-use', message: expect.stringContaining('the night run') });
  expect(notes.join('\n')).not.toContain('recovery command');
  const other = await taking;
  await other.release();
  expect(await unit.recover(signal)).toBeNull();
});

test('all ways to one phone take one lock: by adb, over its cable, over the network, by another browser of it', () => {
  const phone = { platformName: 'Android', 'appium:udid': 'S1' };
  const lab = labSchema.parse({ devices: [{ id: 'pixel', adb: { serial: 'S1' } }] });
  const lock = (changed: object, on: 'here' | 'elsewhere' = 'elsewhere'): string => lockOf('chrome', { kind: 'webdriver', name: 'chrome', capabilities: phone, startSeconds: 60, ...changed } as never, on, lab);
  expect([lock({ reverse: { serial: 'S1' } }), lock({ address: 'lab' }), lock({ url: 'http://mac:4723', address: 'lab' })]).toEqual(['pixel', 'pixel', 'pixel']);
  const unlisted = { address: 'lab', capabilities: { ...phone, 'appium:udid': 'S2' } };
  expect(lock(unlisted)).toBe(lockOf('safari', { kind: 'webdriver', name: 'safari', startSeconds: 60, ...unlisted } as never, 'elsewhere', lab));
  expect(lock({ address: 'lab', capabilities: { browserName: 'chrome' } })).toBe('chrome');
  expect(lock({}, 'here')).toBe('local');
});
