import { expect, test } from 'vitest';
import { findBatteryPower } from '../../src/device/battery-power.ts';
import { energyOf, joulesIn } from '../../src/device/energy.ts';
import { findInaPower } from '../../src/device/ina-power.ts';
import { findOdpmPower } from '../../src/device/odpm-power.ts';
import type { FoundPower, PowerMeter } from '../../src/device/power-probe.ts';
import type { PowerReading } from '../../src/device/power-sensor.ts';
import { findRapl } from '../../src/device/rapl.ts';
import { SystemRoot } from '../../src/device/system-root.ts';
import { LAPTOP, Tree } from './tree.ts';

const ENERGY = 'sys/class/powercap/intel-rapl:0/energy_uj';
const RANGE_UJ = 100_000_000;

function readings(count: number, stepNs: number, watts: (timeNs: number) => number, startNs = 0): PowerReading[] {
  return Array.from({ length: count }, (_, index) => ({ timeNs: startNs + index * stepNs, watts: watts(startNs + index * stepNs) }));
}

function begin(found: FoundPower): PowerMeter {
  if (!('probe' in found)) throw new Error(found.absent);
  return found.probe.begin();
}

test('RAPL: power of a counter that grows in time and starts again from 0', () => {
  const tree = new Tree({ ...LAPTOP, 'sys/class/powercap/intel-rapl:0/max_energy_range_uj': `${RANGE_UJ}\n` });
  const root = new SystemRoot(tree.path);
  const found = findRapl(root);
  expect(found).toMatchObject({ probe: { covers: 'processor package (RAPL)', files: [ENERGY] } });
  const meter = begin(found);
  const power = Array.from({ length: 15 }, (_, i) => {
    tree.write({ [ENERGY]: `${(RANGE_UJ - 2_000_000 + i * 1_200_000) % RANGE_UJ}\n` });
    return meter.take(root, i * 1e8);
  });
  expect(power.filter((reading) => reading !== null)).toHaveLength(14);
  for (const reading of power.slice(1)) expect(reading?.watts).toBeCloseTo(12, 9);
  expect(power[1]?.timeNs).toBe(0.5e8);
});

test('RAPL: a counter that goes away while reading ends the record, with the reason', () => {
  const tree = new Tree(LAPTOP);
  const root = new SystemRoot(tree.path);
  const meter = begin(findRapl(root));
  tree.write({ [ENERGY]: '' });
  expect(() => meter.take(root, 1e8)).toThrow("can't be read any more");
});

test('RAPL: sub-zones and psys alone are no package', () => {
  const tree = new Tree({ 'sys/class/powercap/intel-rapl:0/name': 'psys\n', 'sys/class/powercap/intel-rapl:0/energy_uj': '5\n' });
  expect(findRapl(new SystemRoot(tree.path))).toEqual({ absent: expect.stringContaining('no RAPL package') });
});

const BATTERY = 'sys/class/power_supply/battery';
const gauge = (current: number | string, status = 'Discharging', volts = 4) => ({ [`${BATTERY}/current_now`]: `${current}\n`, [`${BATTERY}/voltage_now`]: `${volts * 1e6}\n`, [`${BATTERY}/uevent`]: `POWER_SUPPLY_STATUS=${status}\n` });
const source = { kind: 'battery', supply: 'battery', refreshMs: 1000 } as const;

test.each([
  ['µA, negative while it drains', -500_000, { currentUnit: 'uA', discharging: 'negative' }],
  ['µA, positive while it drains', 500_000, { currentUnit: 'uA', discharging: 'positive' }],
  ['mA, negative while it drains', -500, { currentUnit: 'mA', discharging: 'negative' }],
] as const)('battery: unit and sign come from the profile: %s', (_, current, rules) => {
  const root = new SystemRoot(new Tree(gauge(current)).path);
  expect(begin(findBatteryPower(root, { ...source, ...rules })).take(root, 5e9)).toEqual({ timeNs: 5e9, watts: expect.closeTo(2, 9) });
});

test('battery: the same small number is µA on one phone and mA on another; only the profile knows', () => {
  const root = new SystemRoot(new Tree(gauge(976)).path);
  const watts = (currentUnit: 'uA' | 'mA') => begin(findBatteryPower(root, { ...source, currentUnit, discharging: 'positive' })).take(root, 0)?.watts;
  expect(watts('uA')).toBeCloseTo(0.003904, 9);
  expect(watts('mA')).toBeCloseTo(3.904, 9);
});

test.each([-110, -61, -22])('battery: %i mA is a current of a phone that does little; in µA it would be an error code', (current) => {
  const root = new SystemRoot(new Tree(gauge(current)).path);
  expect(begin(findBatteryPower(root, { ...source, currentUnit: 'mA', discharging: 'negative' })).take(root, 0)?.watts).toBeCloseTo(-current * 0.004, 9);
  expect(findBatteryPower(root, { ...source, currentUnit: 'uA', discharging: 'negative' })).toEqual({ absent: expect.stringContaining('holds no current') });
});

test('battery: what the gauge repeats is one reading; charging, a wrong sign, and an error code leaked as data are none', () => {
  const tree = new Tree(gauge(-500_000));
  const root = new SystemRoot(tree.path);
  const rules = { ...source, currentUnit: 'uA', discharging: 'negative' } as const;
  const meter = begin(findBatteryPower(root, rules));
  expect(meter.take(root, 0)).not.toBeNull();
  expect(meter.take(root, 1e8)).toBeNull();
  tree.write(gauge(-510_000));
  expect(meter.take(root, 2e8)?.watts).toBeCloseTo(2.04, 9);
  tree.write(gauge(400_000));
  expect(() => meter.take(root, 3e8)).toThrow("flows into it");
  tree.write(gauge(-400_000, 'Charging'));
  expect(() => meter.take(root, 4e8)).toThrow('status is "Charging", not Discharging');
  // A phone at 100 % on its cable: the charger feeds it, and the battery gives some milliamperes.
  for (const status of ['Full', 'Not charging']) {
    tree.write(gauge(-4000, status));
    expect(() => meter.take(root, 4.5e8)).toThrow(`status is "${status}", not Discharging`);
  }
  // A phone that lets nobody read the file with all of them.
  const { [`${BATTERY}/uevent`]: _, ...bare } = gauge(-4000);
  const phone = new Tree({ ...bare, [`${BATTERY}/status`]: 'Full\n' });
  expect(() => begin(findBatteryPower(new SystemRoot(phone.path), rules)).take(new SystemRoot(phone.path), 4.6e8)).toThrow('status is "Full", not Discharging');
  tree.write(gauge(-22));
  expect(() => meter.take(root, 5e8)).toThrow('"-22"');
  expect(findBatteryPower(root, rules)).toEqual({ absent: expect.stringContaining('holds no current: "-22"') });
  expect(findBatteryPower(root, { ...rules, supply: 'bms' })).toEqual({ absent: expect.stringContaining('bms/current_now does not exist') });
});

const ODPM = 'sys/bus/iio/devices/iio:device0/energy_value';
const rails = (atMs: number, cpuUj: number, tpuUj: number): string => `t=${atMs}\nCH3(T=${atMs})[S2M_VDD_CPUCL2], ${cpuUj}\nCH0(T=${atMs})[S10M_VDD_TPU], ${tpuUj}\nCH1(T=${atMs})[VSYS_PWR_MODEM], 99\n`;

test('ODPM: rails by name, counters beyond 2³², and the monitor\'s own time', () => {
  const base = 192_612_469_095;
  const tree = new Tree({ [ODPM]: rails(1000, base, 500) });
  const root = new SystemRoot(tree.path);
  const found = findOdpmPower(root, { kind: 'odpm', rails: ['*_VDD_CPUCL*', '*_VDD_TPU'], covers: 'chips' });
  const meter = begin(found);
  expect(meter.take(root, 1e9)).toBeNull();
  // Asked again before the monitor has anything new: no reading, and nothing lost.
  expect(meter.take(root, 1.1e9)).toBeNull();
  tree.write({ [ODPM]: rails(1500, base + 1_000_000, 500 + 250_000) });
  expect(meter.take(root, 1.5e9)).toEqual({ timeNs: 1.25e9, watts: expect.closeTo(2.5, 9) });
  tree.write({ [ODPM]: rails(1600, 10, 20) });
  expect(() => meter.take(root, 1.6e9)).toThrow('went back');
  expect(findOdpmPower(root, { kind: 'odpm', rails: ['*_GPU'], covers: 'chips' })).toEqual({ absent: expect.stringContaining('none of the rails *_GPU') });
});

test('INA: channels by label, unused ones left alone, and no channel taken for another', () => {
  const hwmon = 'sys/class/hwmon/hwmon3';
  const tree = new Tree({
    [`${hwmon}/name`]: 'ina3221\n', [`${hwmon}/in1_label`]: 'VDD_GPU_SOC\n', [`${hwmon}/in1_input`]: '19000\n', [`${hwmon}/curr1_input`]: '200\n',
    [`${hwmon}/in2_label`]: 'VDD_CPU_CV\n', [`${hwmon}/in2_input`]: '19000\n', [`${hwmon}/curr2_input`]: '100\n', [`${hwmon}/in3_label`]: 'NC\n', [`${hwmon}/in3_input`]: '', [`${hwmon}/in4_input`]: '5\n',
    'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  });
  const root = new SystemRoot(tree.path);
  const found = findInaPower(root, { kind: 'ina', rails: ['VDD_GPU_SOC', 'VDD_CPU_CV'], covers: 'module' });
  expect(begin(found).take(root, 7)).toEqual({ timeNs: 7, watts: expect.closeTo(5.7, 9) });
  expect('probe' in found && found.probe.files).not.toContain(`${hwmon}/in3_input`);
  expect(findInaPower(root, { kind: 'ina', rails: ['VDD_IN'], covers: 'module' })).toEqual({ absent: 'the power monitors have no readable channel VDD_IN; they have: VDD_GPU_SOC, VDD_CPU_CV' });
  const meter = begin(found);
  tree.write({ [`${hwmon}/curr2_input`]: '' });
  expect(() => meter.take(root, 8)).toThrow('no longer tells VDD_CPU_CV');
});

test('INA219: in0 is the shunt, and the chip\'s own power counts', () => {
  const hwmon = 'sys/class/hwmon/hwmon1';
  const root = new SystemRoot(new Tree({ [`${hwmon}/name`]: 'ina219\n', [`${hwmon}/in0_input`]: '12\n', [`${hwmon}/in1_input`]: '5000\n', [`${hwmon}/curr1_input`]: '400\n', [`${hwmon}/power1_input`]: '2010000\n' }).path);
  expect(begin(findInaPower(root, { kind: 'ina', rails: ['channel1'], covers: 'board' })).take(root, 0)?.watts).toBeCloseTo(2.01, 9);
});

test('energy of a ramp is exact, with power at the ends of the window interpolated', () => {
  // 10 W + 2 W/s over [0.25 s, 2.05 s]: 10·1.8 + (2.05² − 0.25²) = 22.14 J
  const power = readings(30, 1e8, (timeNs) => 10 + (2 * timeNs) / 1e9);
  const energy = joulesIn(power, { startNs: 0.25e9, endNs: 2.05e9 });
  if (typeof energy === 'string') throw new Error(energy);
  expect(energy.joules).toBeCloseTo(22.14, 9);
  expect(energy.readings).toBe(18);
});

test('the idle level is subtracted', () => {
  const result = energyOf({
    sensor: 'rapl', idle: readings(20, 1e8, () => 4), load: readings(40, 1e8, () => 10, 3e9), window: { startNs: 3.5e9, endNs: 5.5e9 }, inferences: 100,
  });
  expect(result).toEqual({ record: { sensor: 'rapl', idleWatts: expect.closeTo(4, 9), meanWatts: expect.closeTo(10, 9), totalJoules: expect.closeTo(20, 9), netJoules: expect.closeTo(12, 9), inferences: 100, readings: 21 } });
});

test.each([
  ['few readings in the window', { load: readings(9, 1e8, () => 10), window: { startNs: 0, endNs: 8e8 } }, 'measured window: 9 readings, 10 are needed'],
  ['few readings of the idle level', { idle: readings(9, 1e8, () => 4) }, '9 readings of the idle level, 10 are needed'],
  ['readings that start late', { load: readings(30, 1e8, () => 10, 1e9), window: { startNs: 0, endNs: 2e9 } }, 'do not cover'],
  ['readings that end early', { window: { startNs: 0, endNs: 9e9 } }, 'do not cover'],
  ['a sensor that was silent for a while', { load: readings(30, 1e8, () => 10).filter(({ timeNs }) => timeNs < 0.5e9 || timeNs > 1.1e9) }, 'the sensor was silent for 800 ms of it, with a reading every 100 ms else'],
  ['a broken sensor', { load: readings(30, 1e8, (timeNs) => (timeNs === 1e9 ? Number.NaN : 10)) }, 'no number or out of order'],
  ['power that is not above idle', { load: readings(30, 1e8, () => 3) }, 'not above the idle level'],
  ['no inference', { inferences: 0 }, 'no inference'],
  ['an empty window', { window: { startNs: 1e9, endNs: 1e9 } }, 'no length'],
])('%s: absent with the reason', (_, change, reason) => {
  const input = { sensor: 'rapl', idle: readings(20, 1e8, () => 4), load: readings(30, 1e8, () => 10), window: { startNs: 0, endNs: 2e9 }, inferences: 5, ...change };
  expect(energyOf(input)).toEqual({ absent: expect.stringContaining(reason) });
});
