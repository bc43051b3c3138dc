import { expect, test } from 'vitest';
import { parseCpuSysfs } from '../../src/parse/cpu-sysfs.ts';
import { parseInaHwmon } from '../../src/parse/ina-hwmon.ts';
import { parseOdpmEnergyValue } from '../../src/parse/odpm-energy-value.ts';
import { parseProcCpuinfo } from '../../src/parse/proc-cpuinfo.ts';
import { parseProcMeminfo } from '../../src/parse/proc-meminfo.ts';
import { parseTegrastats } from '../../src/parse/tegrastats.ts';
import { parseThermalZones } from '../../src/parse/thermal-zones.ts';
import { parseVcgencmdThrottled } from '../../src/parse/vcgencmd-throttled.ts';
import { read, refusal } from './reading.ts';

test('tegrastats of TX1: one clock for all cores, short names', () => {
  expect(read(parseTegrastats('RAM 3607/3983MB (lfb 47x4MB) SWAP 873/8192MB (cached 281MB) cpu [17%,off,65%,0%]@1734 EMC 1%@1600 APE 25 GR3D 39%@76\n')).samples).toEqual([{
    ramUsedMiB: 3607, ramTotalMiB: 3983, swapUsedMiB: 873, swapTotalMiB: 8192, cores: [{ loadPercent: 17, frequencyMhz: 1734 }, null, { loadPercent: 65, frequencyMhz: 1734 }, { loadPercent: 0, frequencyMhz: 1734 }],
    memoryController: { loadPercent: 1, frequencyMhz: 1600 }, gpu: { loadPercent: 39, frequenciesMhz: [76] },
  }]);
});

test('tegrastats of TX2: rails without a unit; a rail at 0 is a reading; the PMIC is a constant', () => {
  const { samples, warnings } = read(parseTegrastats('RAM 2633/7850MB (lfb 3x4MB) CPU [0%@2035,16%@2035] BCPU@35C GPU@40.5C Tdiode@31.25C PMIC@100C thermal@33.8C VDD_IN 3624/3630 VDD_WIFI 0/0\n'));
  expect(samples[0]).toMatchObject({ temperaturesC: { BCPU: 35, GPU: 40.5, Tdiode: 31.25, thermal: 33.8 }, railsMw: { VDD_IN: { nowMw: 3624, meanMw: 3630 }, VDD_WIFI: { nowMw: 0, meanMw: 0 } } });
  expect(samples[0]?.temperaturesC).not.toHaveProperty('PMIC');
  expect(samples[0]).not.toHaveProperty('gpu');
  expect(warnings).toEqual(['PMIC is a constant, not a measurement: left out']);
});

test('tegrastats of Xavier and Orin: mW, cores off, −256 is no temperature, a frequency for each graphics cluster', () => {
  const { samples, warnings } = read(parseTegrastats(`10-01-2025 20:05:55 RAM 2274/6834MB (lfb 27x4MB) CPU [99%@1189,off] EMC_FREQ 0% GR3D_FREQ 22% AUX@36.5C PMIC@50C VDD_IN 5542mW/5540mW
07-25-2026 09:08:28 RAM 20642/62817MB (lfb 1x2MB) CPU [23%@2201] EMC_FREQ 3%@3199 GR3D_FREQ 39%@[305,0] NVENC0 off PVA0_FREQ off APE 174 cpu@52.968C/53C cv0@-256C/-256C gpu@-256C VDD_GPU_SOC 5139mW/5140mW/5141mW VIN_SYS_5V0 5500mW/5500mW/5500mW
RAM 1/2MB CPU [1%@5] GR3D_FREQ @[1000,1000,1000]
`));
  expect(samples).toMatchObject([
    { clock: '10-01-2025 20:05:55', cores: [{ loadPercent: 99, frequencyMhz: 1189 }, null], memoryController: { loadPercent: 0 }, gpu: { loadPercent: 22 }, temperaturesC: { AUX: 36.5 }, railsMw: { VDD_IN: { nowMw: 5542, meanMw: 5540 } } },
    { clock: '07-25-2026 09:08:28', gpu: { loadPercent: 39, frequenciesMhz: [305, 0] }, temperaturesC: { cpu: 52.968 }, railsMw: { VDD_GPU_SOC: { nowMw: 5139, meanMw: 5140 }, VIN_SYS_5V0: { nowMw: 5500, meanMw: 5500 } } },
    { gpu: { frequenciesMhz: [1000, 1000, 1000] } },
  ]);
  expect(samples[1]?.temperaturesC).toEqual({ cpu: 52.968 });
  expect(samples[2]?.gpu).not.toHaveProperty('loadPercent');
  expect(warnings).toHaveLength(3);
});

test('tegrastats: a line that is cut in a value does not give a part of it', () => {
  const line = 'RAM 2633/7850MB CPU [10%@2035] GPU@40.5C VDD_IN 3624mW/3630mW\n';
  expect(read(parseTegrastats('RAM 2633/7850MB CPU [10%@20')).samples[0]).toEqual({ ramUsedMiB: 2633, ramTotalMiB: 7850 });
  expect(read(parseTegrastats(`${line}RAM 2633/7850MB CPU [10%@2035] GPU@40`)).samples[1]).not.toHaveProperty('temperaturesC');
  expect(read(parseTegrastats(`bash: x\n${line}RAM 26`)).warnings).toEqual(['2 lines are none of tegrastats: skipped']);
  refusal(parseTegrastats('RAM 26'));
});

test('ODPM: counters beyond 2³², rails by name, several monitors; a cut rail is absent', () => {
  const { readings, warnings } = read(parseOdpmEnergyValue('t=251741617\nCH0(T=251741617)[VSYS_PWR_WLAN_BT], 192612469095\nCH1(T=251741616)[S2S_VDD_G3D], 0\nCH2(T=251741617)[L9S_G\nt=251741700\nCH0(T=251741700)[S10M_VDD_TPU], 5578756\nCH1(T=251741700)[BIG], 99999999999999999999\n'));
  expect(readings).toEqual([
    { atMs: 251_741_617, rails: [{ name: 'VSYS_PWR_WLAN_BT', channel: 0, atMs: 251_741_617, energyUj: 192_612_469_095 }, { name: 'S2S_VDD_G3D', channel: 1, atMs: 251_741_616, energyUj: 0 }] },
    { atMs: 251_741_700, rails: [{ name: 'S10M_VDD_TPU', channel: 0, atMs: 251_741_700, energyUj: 5_578_756 }] },
  ]);
  expect(warnings).toHaveLength(2);
  refusal(parseOdpmEnergyValue('CH0(T=1)[A], 5\n'));
});

test('INA219: in0 is the shunt, in1 the bus', () => {
  const at = '/sys/class/hwmon/hwmon2';
  const { chips } = read(parseInaHwmon(`${at}/name:ina219\n${at}/in0_input:3\n${at}/in1_input:5012\n${at}/curr1_input:-120\n${at}/power1_input:601000\n${at}/shunt_resistor:10000\n/sys/class/hwmon/hwmon3/name:cpu_thermal\n/sys/class/hwmon/hwmon3/temp1_input:45000\n`));
  expect(chips).toEqual([{ path: at, chip: 'ina219', channels: [{ channel: 1, shuntVoltageMv: 3, busVoltageMv: 5012, currentMa: -120, powerUw: 601_000 }] }]);
});

test('INA3221: three buses and their shunts; an unused channel is a read error, not 0', () => {
  const at = '/sys/bus/i2c/drivers/ina3221/1-0040';
  const block = (path: string, text: string): string => `---\n${at}/${path}\n---\n${text}\n`;
  const dump = block('name', 'ina3221') + block('hwmon/hwmon1/in1_label', 'VDD_GPU_SOC') + block('hwmon/hwmon1/in1_input', '19000') + block('hwmon/hwmon1/curr1_input', '152') + block('hwmon/hwmon1/in4_input', '1') + block('hwmon/hwmon1/in7_input', '4')
    + block('hwmon/hwmon1/in2_input', `cat: ${at}/hwmon/hwmon1/in2_input: No data available`) + block('hwmon/hwmon1/curr2_input', `cat: ${at}/hwmon/hw`);
  const { chips, warnings } = read(parseInaHwmon(dump));
  expect(chips).toEqual([{ path: at, chip: 'ina3221', channels: [{ channel: 1, label: 'VDD_GPU_SOC', busVoltageMv: 19_000, shuntVoltageMv: 1, currentMa: 152 }] }]);
  expect(warnings).toHaveLength(3);
  expect(warnings.join()).toMatch(/in7_input: what it holds[^]*in2_input can not be read \(No data available\)[^]*curr2_input can not be read/);
});

test('hwmon: voltages of a chip without a name are not guessed; other chips are refused', () => {
  const { chips, warnings } = read(parseInaHwmon('/sys/class/hwmon/hwmon2/in1_input: 5012\n/sys/class/hwmon/hwmon2/curr1_input: 12\n'));
  expect(chips[0]?.channels).toEqual([{ channel: 1, currentMa: 12 }]);
  expect(warnings).toHaveLength(1);
  refusal(parseInaHwmon('/sys/class/hwmon/hwmon3/name: cpu_thermal\n/sys/class/hwmon/hwmon3/in1_input: 5\n'));
});

test('thermal zones in two lists belong together line by line, or not at all', () => {
  const text = '$ cat /sys/devices/virtual/thermal/thermal_zone*/type\nAO-therm\nCPU-therm\nPMIC-Die\n$ cat /sys/devices/virtual/thermal/thermal_zone*/temp\n31000\n24500\n100000\n$ \n';
  const { zones, warnings } = read(parseThermalZones(text));
  expect(zones).toEqual([{ type: 'AO-therm', celsius: 31 }, { type: 'CPU-therm', celsius: 24.5 }, { type: 'PMIC-Die' }]);
  expect(warnings).toHaveLength(1);
  expect(refusal(parseThermalZones(text.replace('24500\n', '')))).toContain('3 types, but 2 temperatures');
  expect(read(parseThermalZones(text.replace('24500\n', 'cat: /sys/devices/virtual/thermal/thermal_zone1/temp: Invalid argument\n'))).zones[1]).toEqual({ type: 'CPU-therm' });
});

test('thermal zones by path, in numeric order; whole °C and faults are absent', () => {
  const at = (zone: number): string => `/sys/class/thermal/thermal_zone${zone}`;
  const { zones } = read(parseThermalZones(`${at(10)}/type:gpu\n${at(2)}/type: cpu-big\n${at(10)}/temp:45\n${at(2)}/temp: 45500\n${at(3)}/type:vbat\n${at(3)}/temp:4200\ngrep: ${at(4)}/temp: No such device\n${at(4)}/type:modem\n`));
  expect(zones).toEqual([{ zone: 2, type: 'cpu-big', celsius: 45.5 }, { zone: 3, type: 'vbat' }, { zone: 4, type: 'modem' }, { zone: 10, type: 'gpu' }]);
  refusal(parseThermalZones('31000\n24500\n'));
});

test('cpu sysfs: clusters, offline cores, a lowered ceiling, core names', () => {
  const at = '/sys/devices/system/cpu';
  const { warnings, ...cpus } = read(parseCpuSysfs(`${at}/possible: 0-2
${at}/online: 0,2
${at}/offline: 1
${at}/isolated: 
${at}/cpu0/cpufreq/related_cpus: 0 1
${at}/cpu0/cpufreq/cpuinfo_max_freq: 1704000
${at}/cpu0/cpufreq/scaling_cur_freq: 324000
${at}/cpu0/cpufreq/stats/time_in_state: 324000 1026376
610000 18555
${at}/cpu0/regs/identification/midr_el1: 0x00000000410fd051
${at}/cpufreq/policy2/related_cpus:2
${at}/cpufreq/policy2/cpuinfo_max_freq:2914000
${at}/cpufreq/policy2/scaling_max_freq:2000000
${at}/cpufreq/policy2/scaling_cur_freq:<unsupported>
grep: ${at}/cpu1/cpufreq/scaling_cur_freq: Device or resource busy
`));
  expect(cpus).toEqual({
    possible: '0-2', online: '0,2', offline: '1',
    cores: [{ cpu: 0, name: 'Cortex-A55', cluster: [0, 1], maxKhz: 1_704_000, currentKhz: 324_000 }, { cpu: 2, cluster: [2], maxKhz: 2_914_000, ceilingKhz: 2_000_000 }],
    clusters: [{ cpus: [0, 1], maxKhz: 1_704_000 }, { cpus: [2], maxKhz: 2_914_000 }],
  });
  expect(warnings).toHaveLength(3);
  refusal(parseCpuSysfs('/sys/class/thermal/thermal_zone0/temp: 5\n'));
});

test('cpuinfo: offline cores are missed; meminfo: what an old kernel does not print is absent', () => {
  const core = (index: number): string => `processor\t: ${index}\nCPU implementer\t: 0x41\nCPU part\t: 0xd04\n\n`;
  expect(read(parseProcCpuinfo(core(0) + core(1)))).toEqual({ model: '2 × Cortex-A35', cores: 2, warnings: [] });
  expect(read(parseProcCpuinfo(core(0) + core(4))).warnings.join()).toContain('numbered up to 4, but 2 are listed');
  refusal(parseProcCpuinfo('hello\n'));
  expect(read(parseProcMeminfo('  MemTotal:  2048 kB\r\nMemFree: 1 kB\n'))).toMatchObject({ totalMiB: 2, warnings: [expect.stringContaining('MemAvailable')] });
  refusal(parseProcMeminfo('MemTotal: 20\n'));
});

test('vcgencmd get_throttled: what holds now and what was since boot, by documented bits alone', () => {
  expect(read(parseVcgencmdThrottled('throttled=0x50005\n'))).toEqual({ now: ['under-voltage', 'throttled'], sinceBoot: ['under-voltage', 'throttled'], warnings: [] });
  expect(read(parseVcgencmdThrottled('throttled=0xe0008\n'))).toMatchObject({ now: ['soft-temperature-limit'], sinceBoot: ['frequency-capped', 'throttled', 'soft-temperature-limit'] });
  // Old firmware leaves the prefix of zero away.
  expect(read(parseVcgencmdThrottled('throttled=0\n'))).toMatchObject({ now: [], sinceBoot: [] });
  expect(read(parseVcgencmdThrottled('throttled=0x80100010\n')).warnings).toEqual(['bits 0x80100010 have no documented meaning: left out']);
  expect(refusal(parseVcgencmdThrottled('VCHI initialization failed\n'))).toContain('throttled=0x');
  expect(refusal(parseVcgencmdThrottled('throttled=0x0\nthrottled=0x1\n'))).toContain('2 lines');
  expect(refusal(parseVcgencmdThrottled('throttled=0x123456789\n'))).toContain('throttled=0x');
});
