import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { checkGatesBefore, gateRules } from '../../src/device/gates.ts';
import { loadProfiles } from '../../src/device/profile-store.ts';
import { openRemoteDevice } from '../../src/device/remote.ts';
import { summarizeConditions } from '../../src/device/summary.ts';
import { throttledReason } from '../../src/device/throttling.ts';
import { deviceWarnings, lostSensors } from '../../src/device/warnings.ts';
import type { SuiteGates } from '../../src/domain/gate.ts';
import type { DeviceProfile } from '../../src/domain/profile.ts';
import { deviceFactsSchema } from '../../src/domain/result.ts';
import { localTransport } from '../../src/transport/local.ts';
import { lacks } from '../lacks.ts';
import { Phone, recorded, through, type PhoneOptions } from './phone.ts';

const never = new AbortController().signal;
let profiles: readonly DeviceProfile[];
const open: Device[] = [];

beforeAll(async () => { profiles = await loadProfiles([new URL('../../device-profiles', import.meta.url).pathname]); });
afterEach(async () => { for (const device of open.splice(0)) await device[Symbol.asyncDispose](); });

async function openPhone(options: PhoneOptions = {}): Promise<{ phone: Phone; device: Device }> {
  const phone = new Phone(options);
  const device = await openRemoteDevice(phone.transport, { id: 'pixel', profiles, root: phone.tree.path, signal: AbortSignal.timeout(240_000) });
  open.push(device);
  return { phone, device };
}

const has = (program: string): boolean => { try { execFileSync('sh', ['-c', `command -v ${program}`]); return true; } catch { return false; } };
const SHELLS: readonly (readonly string[])[] = [['dash'], ['bash'], ['mksh'], ['busybox', 'sh']];

describe.each(SHELLS.map((shell) => ({ shell, name: shell.join(' ') })))('$name', ({ shell }) => {
  const [program = ''] = shell;
  test.skipIf(lacks(program, has(program), `sudo apt-get install ${program}`))('the shell reads a phone: facts, conditions, and why the rest is absent', async () => {
    const { phone, device } = await openPhone({ shell });
    expect(deviceFactsSchema.parse(device.facts)).toMatchObject({
      id: 'pixel', name: 'Google Pixel 8', transport: 'adb DOUBLE', profile: 'pixel-8', profileFit: 'own', recognisedBy: expect.stringContaining('ro.product.device shiba'), model: 'Google Pixel 8',
      soc: 'zuma, 1 × Cortex-X3, 1 × Cortex-A715', os: 'Android 14 (google/shiba/shiba:14/UQ1A.240105.004/11206848:userdebug/dev-keys), Linux 5.15.110-android14-11', arch: 'arm64', cores: 9, memoryMiB: 8000,
      emulated: false, clockRegime: 'sched_pixel, at most 2914 MHz',
      sensors: expect.arrayContaining(['temperatureC', 'skinTemperatureC', 'thermalStatus', 'batteryPercent', 'charging', 'screenOn', 'powerSaving', 'coolingSteps']),
      absentSensors: expect.arrayContaining([{ sensor: 'cpuPressure', reason: `${phone.tree.path}/proc/pressure/cpu does not exist` }, { sensor: 'power', reason: expect.stringContaining('no power monitor') }]),
    });
    await device.sampleConditions();
    phone.tree.write({ 'proc/uptime': '5001.00 1.00\n', 'proc/stat': 'cpu  1060 0 520 8120 0 0 0 0 0 0\n' });
    // The profile leaves vdroop1 out, which holds millivolts; HAL temperatures come from its live section alone.
    expect(await device.sampleConditions()).toEqual({
      timeNs: 5001e9, load1: 1.5, cpuBusy: 0.4, steal: 0, memAvailableMiB: 4000, temperatureC: 41, frequencyRatio: 0.5, frequencyCeiling: 1, coolingSteps: 0,
      batteryPercent: 83, batteryTemperatureC: 28.4, charging: false, thermalStatus: 1, skinTemperatureC: 36.25, screenOn: true, powerSaving: false,
    });
  });
});

test('a phone that says status 0 while its HAL\'s cooling devices hold it back throttles, also where its cooling files may not be read', async () => {
  const { device } = await openPhone({
    files: { 'sys/class/thermal/cooling_device0/cur_state': '\n' },
    programs: { 'dumpsys-thermalservice': `IsStatusOverride: false
Thermal Status: 0
HAL Ready: true
Current temperatures from HAL:
\tTemperature{mValue=71.5, mType=0, mName=CPU0, mStatus=0}
Current cooling devices from HAL:
\tCoolingDevice{mValue=6, mType=2, mName=thermal-cpufreq-0}
\tCoolingDevice{mValue=4, mType=3, mName=thermal-devfreq-0}
\tCoolingDevice{mValue=3, mType=1, mName=battery}
` },
  });
  expect(device.facts.sensors).toContain('coolingSteps');
  const sample = await device.sampleConditions();
  expect(sample).toMatchObject({ thermalStatus: 0, coolingSteps: 10 });
  expect(throttledReason([sample], {})?.message).toContain('held back by 10 cooling steps');
});

test('services are asked every few seconds of the device\'s clock, files each time', async () => {
  const { phone, device } = await openPhone();
  phone.tree.write({ 'dumps/thermalservice': recorded('dumpsys-thermalservice/qcom-status2-skin45.txt'), 'sys/class/thermal/thermal_zone0/temp': '55000\n', 'proc/uptime': '5004.90 1.00\n' });
  expect(await device.sampleConditions()).toMatchObject({ temperatureC: 55, skinTemperatureC: 36.25, thermalStatus: 1 });
  // The first and the last sample of a launch are of the launch.
  expect(await device.sampleConditions('fresh')).toMatchObject({ skinTemperatureC: 44.637, thermalStatus: 2 });
  phone.tree.write({ 'dumps/thermalservice': recorded('dumpsys-thermalservice/samsung-subbat.txt'), 'proc/uptime': '5009.80 1.00\n' });
  expect(await device.sampleConditions()).toMatchObject({ thermalStatus: 2 });
  phone.tree.write({ 'dumps/thermalservice': recorded('dumpsys-thermalservice/qcom-status2-skin45.txt'), 'proc/uptime': '5010.00 1.00\n' });
  await device.sampleConditions();
  expect(await device.sampleConditions()).toMatchObject({ temperatureC: 55, skinTemperatureC: 44.637, thermalStatus: 2 });
});

test('a phone whose zones may not be read: the HAL\'s temperatures stand in, battery by its service, and placeholders are none', async () => {
  const { device } = await openPhone({
    files: { 'sys/class/thermal/thermal_zone0/temp': '\n', 'sys/class/thermal/thermal_zone1/temp': '\n', 'sys/class/power_supply/battery/uevent': '\n' },
    programs: { 'dumpsys-thermalservice': recorded('dumpsys-thermalservice/samsung-subbat.txt'), 'dumpsys-battery': recorded('dumpsys-battery/clusterfuzz-android15-ac.txt'), 'dumpsys-power': '' },
  });
  expect(await device.sampleConditions()).toMatchObject({ temperatureC: 34.6, skinTemperatureC: 28.2, thermalStatus: 0, batteryPercent: 80, batteryTemperatureC: 18, charging: false });
  expect(device.facts.absentSensors).toContainEqual({ sensor: 'screenOn', reason: 'dumpsys power has no mWakefulness line: it printed nothing' });
  expect(device.facts.absentSensors).toContainEqual({ sensor: 'powerSaving', reason: 'dumpsys power says nothing of the battery saver: it printed nothing' });
});

test('a battery saver that is on is seen as Android 9 and later tell it, and as those before did: what is measured then is warned of, or invalid where the suite demands', async () => {
  for (const saver of ['Battery saver state machine:\n  Enabled=true\n    full=true\n    adaptive=false\n  mSettingBatterySaverEnabled=true\n  mSettingBatterySaverEnabledSticky=false', '  mLowPowerModeEnabled=true\n  mBatteryLevelLow=false']) {
    const { device } = await openPhone({ programs: { 'dumpsys-power': `Power Manager State:\n  mWakefulness=Awake\n${saver}\n` } });
    const sample = await device.sampleConditions('fresh');
    expect(sample).toMatchObject({ screenOn: true, powerSaving: true });
    expect(summarizeConditions([sample])).toMatchObject({ powerSaved: true });
    const told = (gates: SuiteGates | undefined): string[] => checkGatesBefore(sample, gateRules(gates, null).bounds, 9).filter(({ code }) => code === 'gate-power-saving').map(({ message }) => message);
    expect(told(undefined)).toEqual(['the battery saver is on, which may halve the clocks: switch it off']);
    expect(gateRules(undefined, null).demanded.has('gate-power-saving')).toBe(false);
    expect(gateRules({ powerSaving: 'off' }, null).demanded.has('gate-power-saving')).toBe(true);
    for (const gates of ['none', { powerSaving: 'any' }, { powerSaving: 'on' }] as const) expect(told(gates)).toEqual([]);
  }
});

test('an unknown phone gets the generic profile, and says so', async () => {
  const { device } = await openPhone({ programs: { getprop: '[ro.product.model]: [X1]\n[ro.product.manufacturer]: [Example]\n[ro.build.version.release]: [15]\n' } });
  expect(device.facts).toMatchObject({ model: 'Example X1', profile: 'generic-android', profileFit: 'unknown' });
  expect(device.facts.absentSensors).toContainEqual({ sensor: 'power', reason: expect.stringContaining('names no power source') });
  expect(deviceWarnings(device.facts)).toContainEqual({ code: 'unknown-hardware', message: expect.stringContaining('profile generic-android') });
});

test.each([
  ['the Android emulator', { getprop: '[ro.kernel.qemu]: [1]\n[ro.product.model]: [sdk]\n' }, {}, 'the Android emulator'],
  ['a phone\'s properties on a PC', { getprop: '[ro.product.cpu.abi]: [x86_64]\n[ro.product.model]: [X]\n' }, {}, 'its properties claim x86_64, the system is aarch64'],
  ['a PC\'s processor below an ARM system', {}, { 'sys/devices/system/cpu/modalias': 'cpu:type:x86,ven0000fam0006mod008F:feature:,0000\n' }, 'programs are translated'],
  ['a lab board', { getprop: '[ro.paddock.lab]: [1]\n[ro.product.model]: [X]\n' }, {}, 'a lab board'],
])('emulated: %s', async (_, programs, files, words) => {
  const { device } = await openPhone({ programs, files });
  expect(device.facts.emulated).toBe(true);
  expect(device.facts.virtualization).toContain(words);
});

test.skipIf(lacks('qemu-x86_64', has('qemu-x86_64'), 'sudo apt-get install qemu-user'))('emulated: a program under qemu-user can\'t hide how the kernel started it', async () => {
  const device = await openRemoteDevice(through(['qemu-x86_64', '/bin/dash'], null), { id: 'x', profiles, signal: AbortSignal.timeout(240_000) });
  open.push(device);
  expect(device.facts).toMatchObject({ emulated: true, virtualization: expect.stringContaining('qemu-x86_64') });
});

test('sensor files that vanish: absent from then on, told as lost, and the rest goes on', async () => {
  const { phone, device } = await openPhone();
  const first = await device.sampleConditions();
  rmSync(join(phone.tree.path, 'sys/class/thermal/thermal_zone0'), { recursive: true });
  rmSync(join(phone.tree.path, 'proc/loadavg'));
  phone.tree.write({ 'proc/uptime': '5001.00 1.00\n' });
  const second = await device.sampleConditions();
  expect(second).not.toHaveProperty('load1');
  expect(second.memAvailableMiB).toBe(4000);
  // The HAL still tells a temperature.
  expect(second.temperatureC).toBe(42.5);
  expect(lostSensors([first, second])).toEqual([{ code: 'sensor-lost', message: expect.stringContaining('load1') }]);
});

test('a device that counts its uptime from the start again has booted anew, and is told as that', async () => {
  const { phone, device } = await openPhone();
  await device.sampleConditions();
  phone.tree.write({ 'proc/uptime': '12.00 1.00\n' });
  await expect(device.sampleConditions()).rejects.toMatchObject({ name: 'TransportFault', kind: 'rebooted' });
});

test('a device without an uptime, or that answers garbage without end, is told as such', async () => {
  const phone = new Phone({ files: { 'proc/uptime': 'soon\n' } });
  await expect(openRemoteDevice(phone.transport, { id: 'x', profiles, root: phone.tree.path, signal: never })).rejects.toMatchObject({ kind: 'garbage', message: expect.stringContaining('does not tell its uptime') });
  const babbler = through(['sh', '-c', 'while :; do echo babble; done; :'], null);
  await expect(openRemoteDevice(babbler, { id: 'x', profiles, signal: never })).rejects.toMatchObject({ kind: 'garbage', message: expect.stringContaining('babble') });
  const banner = through(['sh', '-c', 'echo "Welcome to the board"; shift 0; exec sh "$@"', 'x'], null);
  const device = await openRemoteDevice(banner, { id: 'x', profiles, signal: never });
  open.push(device);
  expect(device.facts.cores).toBeGreaterThan(0);
});

test('the reader ends with its input, with the device, and with the signal; one that the system ended is started again', async () => {
  const marker = `paddock-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const running = (): string[] => execFileSync('sh', ['-c', `grep -l ${marker} /proc/[0-9]*/cmdline 2>/dev/null || true`], { encoding: 'utf8' }).split('\n').filter((line) => /^\/proc\/\d+/.test(line) && readable(line).includes('paddock-reader'));
  const transport = through(['sh', '-c', 'marker=$1; shift; exec sh "$@" "$marker"', 'x', marker], null);
  const device = await openRemoteDevice(transport, { id: 'x', profiles, signal: never });
  await expect.poll(running).toHaveLength(1);
  process.kill(Number(/\d+/.exec(running()[0] ?? '')?.[0]), 'SIGKILL');
  expect((await device.sampleConditions()).memAvailableMiB).toBeGreaterThan(0);
  await expect.poll(running).toHaveLength(1);
  await device[Symbol.asyncDispose]();
  await expect.poll(running).toEqual([]);
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(openRemoteDevice(transport, { id: 'x', profiles, signal: controller.signal })).rejects.toThrow('enough');
  expect(running()).toEqual([]);
});

function readable(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

test('this machine over the local transport tells the same as read directly', async () => {
  const device = await openRemoteDevice(localTransport, { id: 'self', name: 'itself', profiles, signal: never });
  open.push(device);
  expect(device.facts).toMatchObject({ id: 'self', name: 'itself', profile: process.arch === 'x64' ? 'x86-64-linux' : 'generic-arm64-linux', emulated: false });
  const first = await device.sampleConditions();
  await sleep(300);
  const second = await device.sampleConditions();
  expect(second.timeNs - first.timeNs).toBeGreaterThanOrEqual(280e6);
  expect(second.cpuBusy).toBeGreaterThanOrEqual(0);
});
