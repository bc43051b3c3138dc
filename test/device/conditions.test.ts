import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startSampling } from '../../src/device/conditions.ts';
import { GateKeeper } from '../../src/device/gate-keeper.ts';
import { checkGates, checkGatesBefore, DEFAULT_GATES, gateRules } from '../../src/device/gates.ts';
import { LocalDevice } from '../../src/device/local.ts';
import { thermalRules } from '../../src/device/profile-match.ts';
import { loadProfiles } from '../../src/device/profile-store.ts';
import { summarizeConditions } from '../../src/device/summary.ts';
import { throttledReason } from '../../src/device/throttling.ts';
import { SystemRoot } from '../../src/device/system-root.ts';
import { conditionWarnings, deviceWarnings } from '../../src/device/warnings.ts';
import { overLimit, ThermalZones } from '../../src/device/thermal.ts';
import type { ConditionSample } from '../../src/domain/condition.ts';
import type { FirmwareSign } from '../../src/domain/firmware-sign.ts';
import type { Reason } from '../../src/domain/verdict.ts';
import { type DeviceProfile, deviceProfileSchema } from '../../src/domain/profile.ts';
import { LAPTOP, Tree } from './tree.ts';

const never = new AbortController().signal;
/** The gates of a suite that names none. */
const advised = (): GateKeeper => new GateKeeper(gateRules(undefined, null));
const codes = (reasons: readonly { readonly code: string }[]): string[] => reasons.map((reason) => reason.code);

test('sampling starts at once, goes on by the interval, and ends with a last sample', async () => {
  const device = new LocalDevice();
  const sampling = startSampling(device, { signal: never, intervalMs: 20 });
  for (let i = 0; i < 5000 && sampling.samples.length < 4; i++) await sleep(20);
  await sampling.stop();
  const { length } = sampling.samples;
  expect(length).toBeGreaterThanOrEqual(4);
  const times = sampling.samples.map((sample) => sample.timeNs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  await sleep(60);
  await sampling.stop();
  expect(sampling.samples).toHaveLength(length);
});

test('the first and the last sample of a launch are read afresh, those between as they come', async () => {
  const ages: string[] = [];
  const sampling = startSampling({ sampleConditions: (age = 'recent') => { ages.push(age); return Promise.resolve({ timeNs: ages.length }); } }, { signal: never, intervalMs: 10 });
  await sampling.begun;
  for (let i = 0; i < 5000 && sampling.samples.length < 3; i++) await sleep(10);
  await sampling.stop();
  expect([ages[0], ages.at(-1)]).toEqual(['fresh', 'fresh']);
  expect(new Set(ages.slice(1, -1))).toEqual(new Set(['recent']));
});

test('sampling ends with the signal, and hands on a device that fails', async () => {
  const controller = new AbortController();
  const sampling = startSampling(new LocalDevice(), { signal: controller.signal, intervalMs: 10 });
  await sleep(30);
  controller.abort();
  await sampling.stop();
  const { length } = sampling.samples;
  await sleep(30);
  expect(sampling.samples).toHaveLength(length);
  const broken = startSampling({ sampleConditions: () => Promise.reject(new Error('cable out')) }, { signal: never });
  await sleep(5);
  await expect(broken.stop()).rejects.toThrow('cable out');
});

test('a summary has lows and peaks; shares of the time before the launch do not count; what no sample tells is absent', () => {
  const samples: ConditionSample[] = [
    { timeNs: 0, steal: 0.9, cpuPressure: 0.9, temperatureC: 40, throttleCount: 5, memAvailableMiB: 900 },
    { timeNs: 1e9, steal: 0.1, cpuPressure: 0.2, temperatureC: 45, throttleCount: 5, memAvailableMiB: 800 },
    { timeNs: 4e9, steal: 0.02, cpuPressure: 0.1, temperatureC: 43, throttleCount: 8, memAvailableMiB: 850 },
  ];
  expect(summarizeConditions(samples)).toEqual({
    samples: 3, cpuPressureMax: 0.2, stealMean: expect.closeTo(0.04, 12), stealMax: 0.1, memAvailableMinMiB: 800, temperatureStartC: 40, temperatureMaxC: 45, throttleEvents: 3,
    absent: ['load1', 'cpuBusy', 'frequencyRatio'],
  });
  const later = samples.map((sample) => ({ ...sample, timeNs: sample.timeNs + 60e9, throttleCount: 100 }));
  expect(summarizeConditions(samples, later)).toMatchObject({ samples: 6, throttleEvents: 3, stealMean: expect.closeTo(0.04, 12), stealMax: 0.1 });
  expect(summarizeConditions()).toEqual({ samples: 0, absent: expect.arrayContaining(['load1', 'temperatureC']) });
});

test('a board whose firmware slows it down in silence has throttled once it is as hot as its profile says', async () => {
  const profiles = await loadProfiles([new URL('../../device-profiles', import.meta.url).pathname]);
  const pi = profiles.find(({ profile }) => profile === 'raspberry-pi-5') ?? null;
  const tree = new Tree({ ...LAPTOP, 'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n', 'sys/class/thermal/thermal_zone1/type': 'nvme\n', 'sys/class/thermal/thermal_zone1/temp': '85000\n' });
  const at = async (milliC: number, profile: DeviceProfile | null): Promise<string> => {
    tree.write({ 'sys/class/thermal/thermal_zone0/temp': `${milliC}\n` });
    const heat = new ThermalZones(new SystemRoot(tree.path), thermalRules(profile)).read();
    expect(heat.hottestC).toBe(Math.max(85, milliC / 1000));
    return throttledReason([{ timeNs: 0 }, { timeNs: 1e9, ...(heat.overLimit === null ? {} : { overLimit: heat.overLimit }) }], {})?.message ?? 'cool';
  };
  expect(await at(80_400, pi)).toContain('its zone cpu-thermal was at 80.4 °C, and this hardware slows down from 80 °C on there');
  // Another zone has no limit of its own, and the processor's is not its.
  expect(await at(79_900, pi)).toBe('cool');
  expect(await at(95_000, null)).toBe('cool');
});

test('each zone is held against its own limit, and the one that is furthest beyond is told', () => {
  const rules = thermalRules(deviceProfileSchema.parse({
    profile: 'board', title: 'A board', recognise: [{ system: 'linux' }], sources: ['none'],
    thermal: { zones: [{ type: 'cpu-*', part: 'cpu', throttlesAtC: 95 }, { type: 'gpu', part: 'gpu', throttlesAtC: 80 }, { type: 'skin', part: 'skin' }] },
  }));
  expect(overLimit([{ zone: 'cpu-0', celsius: 90 }, { zone: 'skin', celsius: 99 }, { zone: 'gpu', celsius: 79 }], rules)).toBeNull();
  expect(overLimit([{ zone: 'cpu-0', celsius: 96 }, { zone: 'gpu', celsius: 83 }], rules)).toEqual({ zone: 'gpu', celsius: 83, throttlesAtC: 80 });
});

test('a firmware that lowers the clock is believed for what holds now and for what came up since the first look, not for what was before', () => {
  const at = (now: readonly FirmwareSign[], sinceBoot: readonly FirmwareSign[]): ConditionSample => ({ timeNs: 0, firmwareThrottling: { now, sinceBoot } });
  expect(throttledReason([at([], ['under-voltage']), at([], ['under-voltage'])], {})).toBeNull();
  expect(throttledReason([at([], ['under-voltage']), at([], ['under-voltage', 'soft-temperature-limit'])], {})?.message).toContain('its firmware lowered the clock (soft-temperature-limit)');
  expect(throttledReason([at(['throttled'], ['throttled'])], {})?.message).toContain('(throttled)');
});

test('a Raspberry Pi whose supply is weak has throttled, by its firmware\'s alarm', async () => {
  const tree = new Tree({ ...LAPTOP, 'sys/class/hwmon/hwmon3/name': 'rpi_volt\n', 'sys/class/hwmon/hwmon3/in0_lcrit_alarm': '0\n' });
  const device = new LocalDevice({ root: tree.path });
  const before = await device.sampleConditions();
  expect(throttledReason([before], {})).toBeNull();
  tree.write({ 'sys/class/hwmon/hwmon3/in0_lcrit_alarm': '1\n' });
  expect(throttledReason([before, await device.sampleConditions()], {})?.message).toContain('voltage was too low');
});

test('gates judge what the device tells, and nothing else', () => {
  const calm: ConditionSample = { timeNs: 0, load1: 0.1, cpuPressure: 0, steal: 0, cpuBusy: 0.02, memAvailableMiB: 4000, temperatureC: 50, frequencyRatio: 0.2 };
  expect(checkGatesBefore(calm, DEFAULT_GATES, 2)).toEqual([]);
  expect(checkGatesBefore({ timeNs: 0 }, DEFAULT_GATES, 2)).toEqual([]);
  const bad: ConditionSample = { timeNs: 0, load1: 5, cpuPressure: 0.6, steal: 0.3, cpuBusy: 0.9, memAvailableMiB: 100, temperatureC: 95, frequencyRatio: 0.2 };
  expect(codes(checkGatesBefore(bad, DEFAULT_GATES, 2))).toEqual(['gate-temperature', 'gate-memory', 'gate-cpu-pressure', 'gate-cpu-busy']);
  const all = { ...DEFAULT_GATES, maxSteal: 0.1, maxLoad1PerCore: 2, minFrequencyRatio: 0.5 };
  expect(codes(checkGatesBefore(bad, all, 2))).toEqual(['gate-steal', 'gate-temperature', 'gate-memory', 'gate-cpu-pressure', 'gate-cpu-busy', 'gate-load']);
  // During a launch the launch itself keeps the processor busy, and its own threads wait for each other; there the clock counts.
  expect(codes(checkGates(bad, all))).toEqual(['gate-steal', 'gate-temperature', 'gate-memory', 'gate-frequency']);
  expect(checkGates({ timeNs: 0, temperatureC: 95.25 }, DEFAULT_GATES)).toEqual([{ code: 'gate-temperature', message: 'the device is at 95.3 °C, more than 90.0 °C' }]);
});

test('a hot device is waited for until it is cool', async () => {
  const tree = new Tree({ ...LAPTOP, 'sys/class/thermal/thermal_zone1/temp': '95000\n' });
  const device = new LocalDevice({ root: tree.path });
  const waits: string[] = [];
  const reasons = await advised().wait(device, {
    maxWaitMs: 120_000, signal: never,
    onWait: ([reason], remainingMs) => {
      waits.push(reason?.message ?? '');
      expect(remainingMs).toBeLessThan(120_000);
      tree.write({ 'sys/class/thermal/thermal_zone1/temp': '60000\n' });
    },
  });
  expect(reasons).toEqual([]);
  expect(waits).toEqual(['the device is at 95.0 °C, more than 90.0 °C']);
});

test('a device that stays hot: the wait is bounded and says what is broken; the signal ends it', async () => {
  const tree = new Tree({ ...LAPTOP, 'sys/class/thermal/thermal_zone1/temp': '95000\n' });
  const device = new LocalDevice({ root: tree.path });
  expect(codes(await advised().wait(device, { maxWaitMs: 700, signal: never, onWait: () => undefined }))).toEqual(['gate-temperature']);
  await expect(advised().wait(device, { maxWaitMs: 60_000, signal: AbortSignal.timeout(100), onWait: () => undefined })).rejects.toThrow('timeout');
  expect(await new GateKeeper(gateRules('none', null)).wait(device, { maxWaitMs: 60_000, signal: never, onWait: () => undefined })).toEqual([]);
});

/** A device that is in some states, look by look; the last one stays. */
function inStates(...states: readonly Omit<ConditionSample, 'timeNs'>[]): Pick<LocalDevice, 'facts' | 'sampleConditions'> {
  const { facts } = new LocalDevice({ root: new Tree(LAPTOP).path });
  let look = 0;
  // Two samples make a look.
  return { facts, sampleConditions: () => Promise.resolve({ timeNs: look * 0.6e9, ...states[Math.min(Math.floor(look++ / 2), states.length - 1)] }) };
}

test.each([
  ['cooling devices', { coolingSteps: 6 }, { coolingSteps: 0 }],
  ['a zone at its own limit', { overLimit: { zone: 'cpu', celsius: 96, throttlesAtC: 95 } }, {}],
  ['the firmware', { firmwareThrottling: { now: ['throttled'], sinceBoot: ['throttled'] } }, { firmwareThrottling: { now: [], sinceBoot: ['throttled'] } }],
  ['a weak supply', { underVoltage: true }, { underVoltage: false }],
] satisfies readonly (readonly [string, Omit<ConditionSample, 'timeNs'>, Omit<ConditionSample, 'timeNs'>])[])('a device that throttles is waited for: %s', async (_, held, free) => {
  const waits: string[] = [];
  const onWait = (reasons: readonly Reason[]): void => { waits.push(...codes(reasons)); };
  expect(await advised().wait(inStates(held, free), { maxWaitMs: 120_000, signal: never, onWait })).toEqual([]);
  expect(waits).toEqual(['gate-throttled']);
});

test('a limit of the clock that falls from launch to launch is waited for, one that stands is not; advice that was waited for in vain is told and not waited for again', async () => {
  const waits: string[] = [];
  // Half a minute goes by at each look at a closed gate, and none else: how busy this machine is ends no wait.
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => { vi.restoreAllMocks(); });
  const options = { maxWaitMs: 60_000, signal: never, onWait: (reasons: readonly Reason[]): void => { nowMs += 30_000; waits.push(...codes(reasons)); } };
  const gates = advised();
  expect(await gates.wait(inStates({ frequencyCeiling: 0.8 }), options)).toEqual([]);
  expect(await gates.wait(inStates({ frequencyCeiling: 0.8 }), options)).toEqual([]);
  expect(waits).toEqual([]);
  const fallen = inStates({ frequencyCeiling: 0.55 });
  expect((await gates.wait(fallen, options))[0]?.message).toContain('the limit of its clock fell from 80 % to 55 %');
  expect(waits).toEqual(['gate-throttled', 'gate-throttled']);
  expect(codes(await gates.wait(fallen, options))).toEqual(['gate-throttled']);
  expect(waits).toHaveLength(2);
});

test('how long a zone over its own limit will take to cool is told', async () => {
  const courses = [100, 99, 98, 97, 96.5, 96, 95.5].map((celsius) => ({ overLimit: { zone: 'cpu', celsius, throttlesAtC: 95 } }));
  const estimates: (number | null)[] = [];
  expect(await advised().wait(inStates(...courses, {}), { maxWaitMs: 120_000, signal: never, onWait: (_, __, coolInMs) => { estimates.push(coolInMs); } })).toEqual([]);
  expect(estimates.at(-1)).toBeGreaterThan(0);
});

test('a gate that the suite names stands beside those of the profile and of Paddock, and it alone is a demand', () => {
  const { bounds, demanded } = gateRules({ charging: 'no', maxTemperatureC: 60 }, { gates: { maxTemperatureC: 79, maxSkinTemperatureC: 45 } });
  expect(bounds).toEqual({ ...DEFAULT_GATES, maxSkinTemperatureC: 45, maxTemperatureC: 60, charging: 'no' });
  expect([...demanded].toSorted()).toEqual(['gate-charging', 'gate-temperature']);
  expect(gateRules({}, null)).toEqual(gateRules(undefined, null));
  expect(gateRules('none', { gates: { maxTemperatureC: 79 } }).bounds).toEqual({});
});

test.runIf(process.platform === 'linux')('a launch of our own that has just ended does not shut the gate, a busy neighbour does', async () => {
  const tree = new Tree({ ...LAPTOP, 'proc/loadavg': '2.00 1.00 0.50 1/100 999\n', 'proc/pressure/cpu': 'some avg10=80.00 avg60=0.00 avg300=0.00 total=1000000\n' });
  const options = { maxWaitMs: 0, signal: never, onWait: () => undefined };
  const device = new LocalDevice({ root: tree.path });
  expect(await advised().wait(device, options)).toEqual([]);
  const neighbour = setTimeout(() => { tree.write({ 'proc/stat': 'cpu  1025 0 500 8025 0 0 0 0 0 0\n' }); }, 100);
  expect(await advised().wait(device, options)).toEqual([{ code: 'gate-cpu-busy', message: 'other programs use 50 % of the processor, more than 25 %' }]);
  clearTimeout(neighbour);
});

test('warnings in plain words', () => {
  expect(conditionWarnings({ samples: 3, stealMean: 0.07, stealMax: 0.08, absent: [] })).toEqual([
    { code: 'steal', message: 'the hypervisor took 7.0 % of the CPU time (steal): intervals are wider than on a quiet machine' },
  ]);
  expect(codes(conditionWarnings({ samples: 3, stealMean: 0.03, stealMax: 0.5, cpuPressureMax: 0.4, throttleEvents: 2, frequencyRatioMin: 0.5, absent: [] }))).toEqual(['steal', 'cpu-pressure', 'throttled', 'low-clock']);
  expect(conditionWarnings({ samples: 3, stealMean: 0, cpuPressureMax: 0.01, throttleEvents: 0, frequencyRatioMin: 1, absent: [] })).toEqual([]);
  expect(deviceWarnings({ ...new LocalDevice({ root: new Tree(LAPTOP).path }).facts, profileFit: 'class' })).toEqual([]);
  const bare = new LocalDevice({ root: new Tree({ 'sys/hypervisor/type': 'xen' }).path }).facts;
  expect(codes(deviceWarnings(bare))).toEqual(['virtual', 'unknown-hardware', 'unknown-clock', 'blind-to-heat']);
});
