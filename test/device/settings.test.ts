import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SettingsKeeper } from '../../src/device/settings-keeper.ts';
import { SettingsJournal } from '../../src/device/settings-journal.ts';
import { ExecError, type Transport } from '../../src/transport/transport.ts';
import { Phone } from './phone.ts';

const never = new AbortController().signal;
const GOVERNOR = 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';

function cacheFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-settings-'));
  onTestFinished(() => { rmSync(folder, { recursive: true, force: true }); });
  return folder;
}

const UNIT = { id: 'serial:37091FDJH0042', bootId: null };

function phoneDevice({ unit = UNIT, name = 'desk-phone' } = {}) {
  const phone = new Phone();
  phone.tree.write({ 'data/global/stay_on_while_plugged_in': '1\n', 'data/system/screen_brightness': '180\n' });
  const read = (path: string): string | null => (existsSync(join(phone.tree.path, path)) ? readFileSync(join(phone.tree.path, path), 'utf8').trim() : null);
  return { phone, read, device: { facts: { id: name } as never, root: phone.tree.path, transport: { ...phone.transport, identify: () => Promise.resolve(unit) } as Transport } };
}

test('what is asked for is set, what was there is put back, and what was not set is deleted again', async () => {
  const { device, read } = phoneDevice();
  const cache = cacheFolder();
  const keeper = new SettingsKeeper({ stayAwake: true, brightness: 42, fixedPerformance: true, airplaneMode: true, governor: 'performance' }, cache);
  expect(await keeper.ensure(device, never)).toEqual([]);
  expect(['data/global/stay_on_while_plugged_in', 'data/system/screen_brightness_mode', 'data/system/screen_brightness', 'data/fixed', 'data/airplane', GOVERNOR].map(read)).toEqual(['7', '0', '42', 'true', 'enabled', 'performance']);
  expect(readdirSync(join(cache, 'device-settings'))).toEqual(['37091FDJH0042.json']);
  expect(await keeper.restore(device)).toBeNull();
  expect(['data/global/stay_on_while_plugged_in', 'data/system/screen_brightness_mode', 'data/system/screen_brightness', 'data/fixed', 'data/airplane', GOVERNOR].map(read)).toEqual(['1', null, '180', 'false', 'disabled', 'sched_pixel']);
  expect(readdirSync(join(cache, 'device-settings'))).toEqual([]);
});

test('after kill -9 the next start puts back what was there first', async () => {
  const { device, read, phone } = phoneDevice();
  const cache = cacheFolder();
  const child = spawn(process.execPath, [new URL('settings-holder.ts', import.meta.url).pathname, phone.tree.path, cache], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => { child.kill('SIGKILL'); });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(['data/global/stay_on_while_plugged_in', GOVERNOR].map(read)).toEqual(['7', 'performance']);
  // A run that asks for nothing puts it back all the same.
  expect(await new SettingsKeeper({}, cache).ensure(device, never)).toEqual([]);
  expect(['data/global/stay_on_while_plugged_in', 'data/system/screen_brightness', GOVERNOR].map(read)).toEqual(['1', '180', 'sched_pixel']);
  expect(readdirSync(join(cache, 'device-settings'))).toEqual([]);
});

test('after a crash what was there goes back to the unit that had it, by whatever name, and never to another of the same name', async () => {
  const cache = cacheFolder();
  const first = phoneDevice();
  await new SettingsKeeper({ brightness: 10 }, cache).ensure(first.device, never);
  const other = phoneDevice({ unit: { id: 'serial:OTHER', bootId: null } });
  other.phone.tree.write({ 'data/system/screen_brightness': '90\n' });
  expect(await new SettingsKeeper({}, cache).ensure(other.device, never)).toEqual([]);
  expect([first, other].map(({ read }) => read('data/system/screen_brightness'))).toEqual(['10', '90']);
  expect(await new SettingsKeeper({}, cache).ensure({ ...first.device, facts: { id: 'renamed' } as never }, never)).toEqual([]);
  expect(first.read('data/system/screen_brightness')).toBe('180');
});

test('a device that was lost and came back is set again; what was there first stays what is put back', async () => {
  const { device, read, phone } = phoneDevice();
  const keeper = new SettingsKeeper({ governor: 'performance' }, cacheFolder());
  await keeper.ensure(device, never);
  await keeper.ensure(device, never);
  // A boot resets the governor; the device object is another one.
  phone.tree.write({ [GOVERNOR]: 'sched_pixel\n' });
  await keeper.ensure({ ...device }, never);
  expect(read(GOVERNOR)).toBe('performance');
  await keeper.restore(device);
  expect(read(GOVERNOR)).toBe('sched_pixel');
});

test('what the device does not take is told, and never set in silence', async () => {
  const { device, phone } = phoneDevice();
  phone.tree.write({ 'bin/cmd': '#!/bin/sh\necho "cmd: Can\'t find service: $1" >&2; exit 20\n', 'bin/settings': '#!/bin/sh\necho 5\n' });
  for (const program of ['bin/cmd', 'bin/settings']) phone.tree.chmod(program, 0o755);
  rmSync(join(phone.tree.path, 'sys/devices'), { recursive: true });
  const reasons = await new SettingsKeeper({ stayAwake: true, fixedPerformance: true, airplaneMode: true, governor: 'performance' }, cacheFolder()).ensure(device, never);
  expect(reasons.map(({ message }) => message)).toEqual([
    expect.stringContaining('airplaneMode'), expect.stringContaining('governor: this device tells none'), expect.stringContaining('stay_on_while_plugged_in is "5" where "7" was written'), expect.stringContaining('fixed-performance mode is "cmd: Can\'t find service: power"'),
  ]);
});

test('what `settings` says beside a value, or in its place, is never put back as one', async () => {
  const { device, read, phone } = phoneDevice();
  const settings = readFileSync(join(phone.tree.path, 'bin/settings'), 'utf8');
  const says = (line: string) => { phone.tree.write({ 'bin/settings': settings.replace('\n', `\n[ "$1" = get ] && ${line}\n`) }); phone.tree.chmod('bin/settings', 0o755); };
  const keeper = new SettingsKeeper({ stayAwake: true }, cacheFolder());
  says('echo "WARNING: linker: unused DT entry" >&2');
  expect(await keeper.ensure(device, never)).toEqual([]);
  expect(await keeper.restore(device)).toBeNull();
  expect(read('data/global/stay_on_while_plugged_in')).toBe('1');
  says('{ echo "Failure calling service settings: Broken pipe (32)"; exit 1; }');
  expect(await keeper.ensure(device, never)).toEqual([{ code: 'setting-refused', message: expect.stringContaining('says "Failure calling service settings: Broken pipe (32)", so that it could not be put back') }]);
  expect(read('data/global/stay_on_while_plugged_in')).toBe('1');
});

test('what an earlier run set and the device does not take back is told', async () => {
  const { device, phone } = phoneDevice();
  const cache = cacheFolder();
  await new SettingsKeeper({ stayAwake: true }, cache).ensure(device, never);
  phone.tree.write({ 'bin/settings': '#!/bin/sh\necho 7\n' });
  phone.tree.chmod('bin/settings', 0o755);
  expect(await new SettingsKeeper({}, cache).ensure(device, never)).toEqual([{ code: 'setting-not-put-back', message: expect.stringMatching(/earlier run: stay_on_while_plugged_in could not be put back/) }]);
});

test('a device that is gone when the run ends: the journal stays for the next start; a broken one says what to do', async () => {
  const { device, read } = phoneDevice();
  const cache = cacheFolder();
  const keeper = new SettingsKeeper({ governor: 'performance' }, cache);
  await keeper.ensure(device, never);
  const gone = { ...device, transport: { name: 'adb GONE', exec: () => Promise.reject(new Error('cable out')) } as never };
  expect(await keeper.restore(gone)).toMatch(/cable out\); the next run on it does so, from .*37091FDJH0042\.json/);
  const journal = new SettingsJournal(cache, UNIT, 'pixel');
  expect(journal.read()).toHaveLength(1);
  writeFileSync(journal.path, '{"device": "pixel", "entries": [{"kind": "file", "path": 5}]}');
  // It ends no run of other devices: this one is left as it is, and so is the file.
  expect(await new SettingsKeeper({ governor: 'powersave' }, cache).ensure(device, never)).toEqual([{ code: 'settings-journal', message: expect.stringMatching(/no setting was made: .*can't be read.* What to do/) }]);
  expect(read(GOVERNOR)).toBe('performance');
  expect(existsSync(journal.path)).toBe(true);
});

test('words of a journal reach the device as data only', async () => {
  const { device, phone } = phoneDevice();
  const cache = cacheFolder();
  const path = join(phone.tree.path, "a b'$(touch pwned);\n");
  phone.tree.write({ "a b'$(touch pwned);\n": 'x\n' });
  new SettingsJournal(cache, UNIT, 'pixel').write([{ kind: 'file', path, was: '$(id) `id` "q"', set: 'y' }]);
  await new SettingsKeeper({}, cache).ensure(device, never);
  expect(readFileSync(path, 'utf8')).toBe('$(id) `id` "q"\n');
  expect(existsSync(join(phone.tree.path, 'pwned')) || existsSync('pwned')).toBe(false);
});

test('what runs no commands, such as a browser, takes no setting, and says so of each', async () => {
  const transport = { name: 'browser my-chromium', identify: () => Promise.resolve({ id: 'browser:my-chromium@here', bootId: null }), exec: (argv: readonly string[]) => Promise.reject(new ExecError(argv, new Error('a browser runs no programs but the web harness'))) };
  const keeper = new SettingsKeeper({ stayAwake: true, fixedPerformance: true }, cacheFolder());
  const device = { facts: { id: 'my-chromium' } as never, root: '', transport: transport as never };
  expect((await keeper.ensure(device, never)).map(({ code, message }) => `${code}: ${message}`)).toEqual([
    expect.stringMatching(/^setting-refused: .*stayAwake: no commands can be run there/), expect.stringMatching(/^setting-refused: .*fixedPerformance: no commands can be run there/),
  ]);
  expect(await keeper.restore(device)).toBeNull();
});
