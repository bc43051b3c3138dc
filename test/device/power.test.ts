import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { energyOf, joulesIn } from '../../src/device/energy.ts';
import { localNowNs } from '../../src/device/local.ts';
import type { PowerReading } from '../../src/device/power-sensor.ts';
import { findRapl } from '../../src/device/rapl.ts';
import { SystemRoot } from '../../src/device/system-root.ts';
import { LAPTOP, Tree } from './tree.ts';

const ENERGY = 'sys/class/powercap/intel-rapl:0/energy_uj';
const RANGE_UJ = 100_000_000;

function readings(count: number, stepNs: number, watts: (timeNs: number) => number, startNs = 0): PowerReading[] {
  return Array.from({ length: count }, (_, index) => ({ timeNs: startNs + index * stepNs, watts: watts(startNs + index * stepNs) }));
}

test('RAPL: power of a counter that grows in time and starts again from 0', async () => {
  const tree = new Tree({ ...LAPTOP, 'sys/class/powercap/intel-rapl:0/max_energy_range_uj': `${RANGE_UJ}\n`, [ENERGY]: `${RANGE_UJ - 2_000_000}\n` });
  // The clock moves with the file: each read of it is 100 ms after the one before, and the package takes 12 W.
  let reads = 0;
  const enough = Promise.withResolvers<void>();
  const found = findRapl(new SystemRoot(tree.path), () => {
    const timeNs = reads * 1e8;
    tree.write({ [ENERGY]: `${(RANGE_UJ - 2_000_000 + reads * 1_200_000) % RANGE_UJ}\n` });
    reads++;
    if (reads === 15) enough.resolve();
    return timeNs;
  }, 1);
  if (!('sensor' in found)) throw new Error(found.absent);
  expect(found.sensor.covers).toBe('processor package (RAPL)');
  const recording = found.sensor.start(AbortSignal.timeout(10_000));
  await enough.promise;
  const power = await recording.stop();
  expect(power.length).toBeGreaterThanOrEqual(14);
  for (const { watts } of power) expect(watts).toBeCloseTo(12, 9);
  expect(power[0]?.timeNs).toBe(0.5e8);
});

test('RAPL: a counter that goes away while reading is an error, not a number', async () => {
  const tree = new Tree(LAPTOP);
  const found = findRapl(new SystemRoot(tree.path), localNowNs, 1);
  if (!('sensor' in found)) throw new Error(found.absent);
  const recording = found.sensor.start(AbortSignal.timeout(10_000));
  tree.write({ [ENERGY]: '' });
  await sleep(20);
  await expect(recording.stop()).rejects.toThrow("can't be read any more");
});

test('RAPL: sub-zones and psys alone are no package', () => {
  const tree = new Tree({ 'sys/class/powercap/intel-rapl:0/name': 'psys\n', 'sys/class/powercap/intel-rapl:0/energy_uj': '5\n' });
  expect(findRapl(new SystemRoot(tree.path), localNowNs)).toEqual({ absent: expect.stringContaining('no RAPL package') });
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
  ['a broken sensor', { load: readings(30, 1e8, (timeNs) => (timeNs === 1e9 ? Number.NaN : 10)) }, 'no number or out of order'],
  ['power that is not above idle', { load: readings(30, 1e8, () => 3) }, 'not above the idle level'],
  ['no inference', { inferences: 0 }, 'no inference'],
  ['an empty window', { window: { startNs: 1e9, endNs: 1e9 } }, 'no length'],
])('%s: absent with the reason', (_, change, reason) => {
  const input = { sensor: 'rapl', idle: readings(20, 1e8, () => 4), load: readings(30, 1e8, () => 10), window: { startNs: 0, endNs: 2e9 }, inferences: 5, ...change };
  expect(energyOf(input)).toEqual({ absent: expect.stringContaining(reason) });
});
