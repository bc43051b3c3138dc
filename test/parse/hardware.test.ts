import { expect, test } from 'vitest';
import { countCpuList, cpuList, expandCpuList } from '../../src/parse/cpu-list.ts';
import { parseCpuinfo } from '../../src/parse/cpuinfo.ts';
import { parseOsName } from '../../src/parse/os-release.ts';
import { raplDeltaUj } from '../../src/parse/rapl.ts';
import { parseThermalZone } from '../../src/parse/thermal-zone.ts';
import { parseWholeNumber } from '../../src/parse/whole-number.ts';

function armCore(index: number, part: string, extra = ''): string {
  return `processor\t: ${index}\n${extra}BogoMIPS\t: 52.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: ${part}\nCPU revision\t: 1\n\n`;
}

test('an x86 machine, virtual or not', () => {
  const core = (flags: string): string => `processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 17\nmodel name\t: Intel(R) Core(TM) i7\ncpu cores\t: 2\nflags\t\t: ${flags}\nbugs\t\t:\n\n`;
  expect(parseCpuinfo(core('fpu vme hypervisor') + core('fpu vme hypervisor').replace(': 0', ': 1'))).toEqual({ model: 'Intel(R) Core(TM) i7', cores: 2, hypervisor: true });
  expect(parseCpuinfo(core('fpu hypervisors')).hypervisor).toBe(false);
});

test('ARM cores are named by their parts; a `Processor` text is no core', () => {
  const text = armCore(0, '0xd05', 'Processor\t: AArch64 Processor rev 1 (aarch64)\nmodel name\t: ARMv8 Processor rev 1 (v8l)\n') + armCore(1, '0xd05') + armCore(4, '0xd0a') + armCore(5, '0xfff') + 'Hardware\t: chip9000\nModel\t: Board 4 Rev 1.2\n';
  expect(parseCpuinfo(text)).toEqual({ model: '2 × Cortex-A55, 1 × Cortex-A75, 1 × ARM core 0x41:0xfff', cores: 4, hardware: 'chip9000', board: 'Board 4 Rev 1.2' });
});

test('garbage has nothing', () => {
  for (const text of ['', '\0', 'processor: x\n', ':::\n', 'no such file']) expect(parseCpuinfo(text)).toEqual({});
});

test.each([
  ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\n', 'Debian GNU/Linux 12 (bookworm)'],
  ['PRETTY_NAME=\'A "B"\'\n', 'A "B"'],
  ['PRETTY_NAME="Say \\"hi\\" for \\$5"\n', 'Say "hi" for $5'],
  ['# comment\nNAME=Alpine\nVERSION_ID=3.20\n', 'Alpine 3.20'],
  ['ID=x\n', null],
  ['', null],
])('os-release %j is %j', (text, name) => {
  expect(parseOsName(text)).toBe(name);
});

test.each([
  ['CPU-therm', '24500\n', 24.5],
  ['x86_pkg_temp', '99000', 99],
  ['PMIC-Die', '100000', null],
  ['CPU-therm', '100000', 100],
  ['thermal-fan-est', '25500', null],
  ['vbat', '4300', null],
  ['soc', '87000', null],
  ['soc_max', '47000', 47],
  ['cpu', '-256', null],
  ['cpu', '-256000', null],
  ['cpu', '-274000', null],
  ['cpu', '0', null],
  ['cpu', '45', null],
  ['cpu', '200000', null],
  ['cpu', '', null],
  ['cpu', '45.5', null],
  ['cpu', 'N/A', null],
])('thermal zone %j at %j is %j °C', (type, temp, celsius) => {
  expect(parseThermalZone(type, temp)).toBe(celsius);
});

test('single numbers', () => {
  expect(parseWholeNumber('1704000\n')).toBe(1_704_000);
  expect(parseWholeNumber('0')).toBe(0);
  for (const text of ['', '-22', '1.5', '<not supported>', '99999999999999999999', '1 2', '0x10']) expect(parseWholeNumber(text)).toBeNull();
});

test('CPU lists', () => {
  expect(countCpuList('0-3,6,8-9\n')).toBe(7);
  expect(countCpuList('0')).toBe(1);
  expect(countCpuList('\n')).toBe(0);
  for (const text of ['a', '3-1', '1,,2', '-1']) expect(countCpuList(text)).toBeNull();
  expect(cpuList([6, 0, 2, 1, 9, 8])).toBe('0-2,6,8-9');
  expect(cpuList(expandCpuList('0-3,6,8-9'))).toBe('0-3,6,8-9');
});

test('a RAPL counter that started again', () => {
  expect(raplDeltaUj(100, 250, 1000)).toBe(150);
  expect(raplDeltaUj(900, 50, 1000)).toBe(150);
  expect(raplDeltaUj(5, 5, 1000)).toBe(0);
  expect(raplDeltaUj(5, 2000, 1000)).toBeNull();
});
