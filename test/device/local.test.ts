import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { LocalDevice } from '../../src/device/local.ts';
import { loadProfiles } from '../../src/device/profile-store.ts';
import { deviceFactsSchema } from '../../src/domain/result.ts';
import { type ConditionSample, conditionSampleSchema } from '../../src/domain/condition.ts';
import { LAPTOP, Tree } from './tree.ts';
import { lacks } from '../lacks.ts';

const HOST = { cpuModel: 'host cpu', cores: 2, memoryBytes: 4 * 2 ** 30, os: 'OtherOS 1', arch: 'x64' };

test('a laptop with all sensors', async () => {
  const tree = new Tree(LAPTOP);
  let nowNs = 1e9;
  const device = new LocalDevice({ root: tree.path, host: HOST, nowNs: () => nowNs });
  expect(device.facts).toEqual({
    id: 'local', name: 'this machine', transport: 'local', profile: 'none', profileFit: 'unknown', model: 'Example Inc. Book 13, Example CPU 9000', soc: 'Example CPU 9000',
    os: 'Example Linux 5, Linux 6.9.1', arch: 'x64', cores: 2, memoryMiB: 16000, virtualization: null, emulated: false,
    clockRegime: 'powersave, at most 3000 MHz; boost on',
    sensors: ['load1', 'cpuPressure', 'steal', 'cpuBusy', 'memAvailableMiB', 'temperatureC', 'frequencyRatio', 'frequencyCeiling', 'throttleCount', 'coolingSteps', 'rapl'], absentSensors: [],
  });
  await device.sampleConditions();
  nowNs = 2e9;
  tree.write({ 'proc/stat': 'cpu  1060 0 520 8100 0 0 0 20 0 0\n', 'proc/pressure/cpu': 'some avg10=3.00 avg60=0.00 avg300=0.00 total=1250000\n' });
  expect(await device.sampleConditions()).toEqual({
    timeNs: 2e9, load1: 0.5, cpuPressure: 0.25, steal: 0.1, cpuBusy: 0.4, memAvailableMiB: 8000, temperatureC: 61, frequencyRatio: 0.75, frequencyCeiling: 0.75, throttleCount: 7, coolingSteps: 0,
  });
});

test('a machine that tells nothing has no value and no 0, and says why', async () => {
  const tree = new Tree();
  const device = new LocalDevice({ root: tree.path, host: HOST });
  expect(device.facts).toMatchObject({ model: 'host cpu', os: 'OtherOS 1', memoryMiB: 4096, clockRegime: 'unknown', sensors: [], virtualization: null });
  expect(device.facts.absentSensors).toHaveLength(11);
  for (const { reason } of device.facts.absentSensors) expect(reason).toContain(tree.path);
  expect(Object.keys(await device.sampleConditions())).toEqual(['timeNs']);
  expect(device.powerSensors()).toEqual([]);
});

test('garbage in every file is absent too', async () => {
  const tree = new Tree(Object.fromEntries(Object.keys(LAPTOP).map((path) => [path, '\0-22 <error>\n'])));
  const device = new LocalDevice({ root: tree.path, host: HOST });
  expect(Object.keys(await device.sampleConditions())).toEqual(['timeNs']);
  expect(deviceFactsSchema.parse(device.facts).sensors).toEqual([]);
});

test('a control group takes memory away', () => {
  const tree = new Tree({ ...LAPTOP, 'sys/fs/cgroup/memory.max': `${512 * 2 ** 20}\n` });
  expect(new LocalDevice({ root: tree.path, host: HOST }).facts.memoryMiB).toBe(512);
  tree.write({ 'sys/fs/cgroup/memory.max': 'max\n' });
  expect(new LocalDevice({ root: tree.path, host: HOST }).facts.memoryMiB).toBe(16000);
});

const VIRTUAL_CPU = 'processor\t: 0\nmodel name\t: X\nflags\t\t: fpu hypervisor\n';

test.each([
  ['hardware', {}, null],
  ['a flag and no name', { 'proc/cpuinfo': VIRTUAL_CPU }, 'a hypervisor that gives no name'],
  ['a flag and a DMI name', { 'proc/cpuinfo': VIRTUAL_CPU, 'sys/class/dmi/id/sys_vendor': 'QEMU' }, 'QEMU'],
  ['a cloud\'s bare machine has its DMI name and no flag', { 'sys/class/dmi/id/sys_vendor': 'Amazon EC2' }, null],
  ['stolen time', { 'proc/stat': 'cpu  1 1 1 1 1 1 1 5 0 0\n' }, 'a hypervisor that gives no name'],
  ['Xen', { 'sys/hypervisor/type': 'xen\n' }, 'Xen'],
  ['an ARM guest', { 'proc/cpuinfo': 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n', 'sys/firmware/devicetree/base/hypervisor/compatible': 'linux,kvm\0' }, 'KVM or QEMU'],
  ['a container in a guest', { 'proc/cpuinfo': VIRTUAL_CPU, 'sys/class/dmi/id/product_name': 'KVM', '.dockerenv': '' }, 'KVM, in a docker container'],
  ['a container by its environment', { 'proc/1/environ': 'PATH=/bin\0container=lxc\0' }, 'a lxc container on hardware or an unseen hypervisor'],
])('virtualization: %s', (_, files, name) => {
  const tree = new Tree({ ...LAPTOP, ...files });
  expect(new LocalDevice({ root: tree.path, host: HOST }).facts.virtualization).toBe(name);
});

test('translated instructions are told apart', () => {
  const tree = new Tree({ 'proc/cpuinfo': VIRTUAL_CPU.replace(': X', ': QEMU TCG CPU version 2.5+') });
  expect(new LocalDevice({ root: tree.path, host: HOST }).facts.emulated).toBe(true);
});

test('ARM board: name from the device tree, two clock domains', () => {
  const core = (index: number, part: string): string => `processor\t: ${index}\nCPU implementer\t: 0x41\nCPU part\t: ${part}\n\n`;
  const policy = (cpu: number, related: string, kHz: number) => ({
    [`sys/devices/system/cpu/cpu${cpu}/cpufreq/cpuinfo_max_freq`]: `${kHz}\n`, [`sys/devices/system/cpu/cpu${cpu}/cpufreq/related_cpus`]: related,
    [`sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`]: `${kHz / 2}\n`, [`sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_governor`]: 'schedutil\n',
  });
  const tree = new Tree({ 'proc/cpuinfo': core(0, '0xd05') + core(1, '0xd0b'), 'sys/firmware/devicetree/base/model': 'Example Board 5\0', ...policy(0, '0', 1_800_000), ...policy(1, '1', 2_400_000) });
  expect(new LocalDevice({ root: tree.path, host: HOST }).facts).toMatchObject({
    model: 'Example Board 5, 1 × Cortex-A55, 1 × Cortex-A76', clockRegime: 'schedutil, at most 1800 MHz; schedutil, at most 2400 MHz',
  });
});

test.runIf(process.platform === 'linux')('this very machine', async () => {
  const device = new LocalDevice();
  deviceFactsSchema.parse(device.facts);
  expect(device.facts.cores).toBeLessThanOrEqual(cpus().length);
  expect(device.facts.memoryMiB).toBeGreaterThan(100);
  expect(device.facts.os).toContain('Linux');
  expect(device.facts.sensors).toEqual(expect.arrayContaining(['load1', 'cpuBusy', 'memAvailableMiB']));
  const looks = async () => {
    const first = conditionSampleSchema.parse(await device.sampleConditions());
    const busyUntil = performance.now() + 300;
    while (performance.now() < busyUntil);
    const second = conditionSampleSchema.parse(await device.sampleConditions());
    expect(second.timeNs - first.timeNs).toBeGreaterThan(290e6);
    return second;
  };
  const busyOf = ({ cpuBusy = 0, steal = 0 }: ConditionSample): number => cpuBusy + steal;
  let second = await looks();
  // One core worked all the time; the hypervisor may have taken some of it. Of a process that was held up meanwhile that is not so.
  for (let tries = 1; busyOf(second) <= 0.6 / cpus().length && tries < 100; tries++) second = await looks();
  expect(busyOf(second)).toBeGreaterThan(0.6 / cpus().length);
  expect(second.temperatureC === undefined).toBe(device.facts.absentSensors.some(({ sensor }) => sensor === 'temperatureC'));
  expect(device.powerSensors().length === 0).toBe(device.facts.absentSensors.some(({ sensor }) => sensor === 'power'));
});

test.skipIf(lacks('the root user on Linux', process.platform === 'linux' && process.getuid?.() === 0, 'run the tests as root'))('a counter that only root may read: absent, with the command that grants it', () => {
  const tree = new Tree(LAPTOP);
  tree.chmod('sys/class/powercap/intel-rapl:0/energy_uj', 0o400);
  tree.chmod('.', 0o755);
  const program = `const {LocalDevice}=await import(process.argv[1]); process.setgid(65534); process.setuid(65534);
    console.log(JSON.stringify(new LocalDevice({root:process.argv[2]}).facts.absentSensors));`;
  const module = new URL('../../src/device/local.ts', import.meta.url).href;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, module, tree.path], { encoding: 'utf8', timeout: 240_000 });
  expect(stdout).toContain('may not be read by this user');
  expect(stdout).toContain('sudo chmod a+r');
});

test('a Raspberry Pi\'s firmware is asked why it holds the clock, by a program', async () => {
  const tree = new Tree({ 'sys/firmware/devicetree/base/model': 'Raspberry Pi 5 Model B Rev 1.0\0', 'sys/firmware/devicetree/base/compatible': 'raspberrypi,5-model-b\0brcm,bcm2712\0', 'said.txt': 'throttled=0x50000\n' });
  const profiles = await loadProfiles([new URL('../../device-profiles', import.meta.url).pathname]);
  const open = () => LocalDevice.open({ root: tree.path, host: { ...HOST, arch: 'arm64' }, profiles, signal: new AbortController().signal });
  writeFileSync(join(tree.path, 'vcgencmd'), `#!/bin/sh\n[ "$1" = get_throttled ] && cat '${tree.path}/said.txt'\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${tree.path}:${process.env['PATH'] ?? ''}`);
  try {
    const device = await open();
    expect(device.facts).toMatchObject({ profile: 'raspberry-pi-5', sensors: expect.arrayContaining(['firmwareThrottling']) });
    expect((await device.sampleConditions('fresh')).firmwareThrottling).toEqual({ now: [], sinceBoot: ['under-voltage', 'throttled'] });
    tree.write({ 'said.txt': 'throttled=0x50004\n' });
    expect((await device.sampleConditions('fresh')).firmwareThrottling?.now).toEqual(['throttled']);
    writeFileSync(join(tree.path, 'vcgencmd'), '#!/bin/sh\necho "VCHI initialization failed" >&2\nexit 255\n');
    const refused = await open();
    expect((await refused.sampleConditions()).firmwareThrottling).toBeUndefined();
    expect(refused.facts.absentSensors.find(({ sensor }) => sensor === 'firmwareThrottling')?.reason).toContain('VCHI initialization failed');
  } finally {
    vi.unstubAllEnvs();
  }
});
