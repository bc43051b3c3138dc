import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { joulesIn } from '../../src/device/energy.ts';
import { GateKeeper } from '../../src/device/gate-keeper.ts';
import { gateRules } from '../../src/device/gates.ts';
import { openRemoteDevice } from '../../src/device/remote.ts';
import type { Device } from '../../src/device/device.ts';
import { loadProfiles } from '../../src/device/profile-store.ts';
import { SettingsKeeper } from '../../src/device/settings-keeper.ts';
import { throttledReason } from '../../src/device/throttling.ts';
import { deviceWarnings } from '../../src/device/warnings.ts';
import type { DeviceProfile } from '../../src/domain/profile.ts';
import type { Reason } from '../../src/domain/verdict.ts';
import { openTransport } from '../../src/transport/open-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import type { Board } from '../lab/board.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';

const never = new AbortController().signal;
const MINUTE_MS = 60_000;

describe.skipIf(lacksLab)('devices of the lab', () => {
  let lab: Lab;
  let profiles: readonly DeviceProfile[];
  const open: AsyncDisposable[] = [];
  beforeAll(async () => {
    lab = await useLab(['pixel', 'galaxy', 'jetson', 'rpi']);
    profiles = await loadProfiles([new URL('../../device-profiles', import.meta.url).pathname]);
  }, LAB_HOOK_MS);
  afterEach(async () => { for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose](); });

  async function openBoard(board: Board, id: string): Promise<{ readonly device: Device; readonly transport: Transport }> {
    const transport = await openTransport(board.address, { signal: AbortSignal.timeout(4 * MINUTE_MS) });
    open.push(transport);
    const device = await openRemoteDevice(transport, { id, profiles, signal: AbortSignal.timeout(4 * MINUTE_MS) });
    open.push(device);
    return { device, transport };
  }

  test.each([
    ['pixel', { profile: 'pixel-8', profileFit: 'own', model: 'Google Pixel 8', arch: 'x64', emulated: true }, ['temperatureC', 'skinTemperatureC', 'thermalStatus', 'batteryPercent', 'charging', 'screenOn', 'powerSaving', 'odpm']],
    ['galaxy', { profile: 'generic-android', profileFit: 'unknown', model: 'samsung SM-G960F', emulated: true, gpuDriver: 'ARM Mali-G57, v1.r40p0-01eac0.b0251c048237dcd59e6be15fba11a31a' }, ['temperatureC', 'skinTemperatureC', 'thermalStatus', 'batteryPercent', 'batteryTemperatureC']],
    ['jetson', { profile: 'jetson-orin-nano', profileFit: 'own', arch: 'arm64', emulated: true }, ['temperatureC', 'ina', 'frequencyRatio']],
    ['rpi', { profile: 'raspberry-pi-5', profileFit: 'own', model: expect.stringContaining('Raspberry Pi 5 Model B Rev 1.0'), emulated: true }, ['temperatureC', 'frequencyRatio', 'firmwareThrottling']],
  ] as const)('%s over its own transport: what it is, what it tells, and that it is emulated', async (kind, facts, sensors) => {
    const { device } = await openBoard(lab.board(kind), kind);
    expect(device.facts).toMatchObject(facts);
    expect(device.facts.sensors).toEqual(expect.arrayContaining([...sensors]));
    expect(deviceWarnings(device.facts)).toContainEqual({ code: 'emulated', message: expect.stringContaining(kind) });
    const first = await device.sampleConditions();
    await sleep(400);
    const second = await device.sampleConditions();
    expect(second.timeNs - first.timeNs).toBeGreaterThan(300e6);
    expect(second.temperatureC).toBeGreaterThan(20);
    expect(second.temperatureC).toBeLessThan(95);
    expect(second.cpuBusy).toBeGreaterThanOrEqual(0);
  });

  test('a Raspberry Pi: its zone against its own limit, and its firmware\'s word', async () => {
    await using board = await lab.spare({ kind: 'rpi' });
    await board.set({ socC: 60, throttling: 0 });
    const { device } = await openBoard(board, 'pi');
    const calm = await device.sampleConditions('fresh');
    expect(calm.firmwareThrottling).toEqual({ now: [], sinceBoot: [] });
    expect(throttledReason([calm], {})).toBeNull();
    await board.set({ socC: 82, throttling: 3 });
    expect(throttledReason([calm, await device.sampleConditions('fresh')], {})?.message).toMatch(/zone cpu-thermal was at 82.0 °C, .* from 80 °C on there; its firmware lowered the clock \(frequency-capped, throttled\)/);
  });

  test('sensor files that vanish on a board behind adb: what they told is absent from then on, and the rest goes on', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const { device } = await openBoard(board, 'pixel');
    expect((await device.sampleConditions()).frequencyRatio).toBeGreaterThan(0);
    for (const cpu of ['cpu0', 'cpu1']) await rm(join(board.folder, 'sys/devices/system/cpu', cpu, 'cpufreq'), { recursive: true });
    const after = await device.sampleConditions();
    expect(after.frequencyRatio).toBeUndefined();
    expect(after.temperatureC).toBeGreaterThan(20);
    expect(after.memAvailableMiB).toBeGreaterThan(0);
  });

  test('a phone that heats: the gate waits for it to cool and says when, and throttling is seen', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    await board.set({ skinC: 47.2, socC: 71, throttling: 3 });
    const { device } = await openBoard(board, 'hot');
    const hot = await device.sampleConditions();
    expect(hot).toMatchObject({ temperatureC: 71, skinTemperatureC: 47.2, thermalStatus: 3, coolingSteps: 3 });
    expect(throttledReason([hot], {})?.message).toMatch(/thermal status rose to severe; its processors were held back by 3 cooling steps/);
    const waits: string[] = [];
    const cooled: Promise<void>[] = [];
    const onWait = (reasons: readonly Reason[]): void => {
      waits.push(...reasons.map(({ code }) => code));
      if (cooled.length === 0) cooled.push(board.set({ skinC: 30, socC: 35, throttling: 0 }));
    };
    const left = await new GateKeeper(gateRules({ maxSkinTemperatureC: 40, maxThermalStatus: 'light' }, { gates: { maxCpuBusy: 1, maxCpuPressure: 1 } })).wait(device, { maxWaitMs: 2 * MINUTE_MS, signal: never, onWait });
    await Promise.all(cooled);
    expect(left).toEqual([]);
    expect(waits).toEqual(expect.arrayContaining(['gate-skin', 'gate-thermal-status', 'gate-throttled']));
  });

  test('settings of a phone, over adb: set, and put back', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const { device } = await openBoard(board, 'settings');
    const cache = await mkdtemp(join(tmpdir(), 'paddock-lab-settings-'));
    try {
      const keeper = new SettingsKeeper({ stayAwake: true, fixedPerformance: true, governor: 'performance' }, cache);
      expect(await keeper.ensure(device, never)).toEqual([]);
      const governor = (): Promise<string> => readFile(device, 'cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
      expect(await governor()).toBe('performance');
      expect(await readFile(device, 'settings get global stay_on_while_plugged_in')).toBe('7');
      expect(await keeper.restore(device)).toBeNull();
      expect(await governor()).toBe('sched_pixel');
      expect(await readFile(device, 'settings get global stay_on_while_plugged_in')).toBe('null');
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  test('power of rails, by the board\'s own clock: the Jetson\'s input at what the lab lays on it', async () => {
    const { device } = await openBoard(lab.board('jetson'), 'jetson');
    const [sensor] = device.powerSensors();
    const watts = async (): Promise<number | string> => {
      const recording = sensor?.start(never);
      await sleep(4000);
      const { readings, lost } = (await recording?.stop()) ?? { readings: [], lost: 'no sensor' };
      expect(lost).toBeNull();
      const [startNs, endNs] = [readings[1]?.timeNs ?? 0, readings.at(-2)?.timeNs ?? 0];
      const energy = joulesIn(readings, { startNs, endNs });
      return typeof energy === 'string' ? energy : energy.joules / ((endNs - startNs) / 1e9);
    };
    let told = await watts();
    // A reader that was held up for five readings was silent, which gives no figure.
    for (let tries = 1; typeof told === 'string' && tries < 30; tries++) told = await watts();
    // The lab's board takes 0.9 W at rest and up to 5.4 W under this machine's load.
    expect(told).toBeGreaterThan(0.8);
    expect(told).toBeLessThan(6);
  });

  test('memory of a process on the device; and nothing of Paddock\'s runs there when the device is closed', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    const { device, transport } = await openBoard(board, 'memory');
    const process = await transport.exec(['sh', '-c', 'echo $$; read x'], { signal: never });
    const pid = Number(await firstLine(process.stdout));
    expect((await device.processMemory(pid)).pss).toEqual({ bytes: expect.any(Number), method: 'PSS and SwapPss of smaps_rollup' });
    await process.kill();
    for (const each of open.splice(0).toReversed()) await each[Symbol.asyncDispose]();
    await expect.poll(() => leftovers(board)).toEqual([]);
  });
});

async function leftovers(board: Board): Promise<readonly string[]> {
  return (await board.processes()).map(({ command }) => command).filter((command) => command.includes('paddock-reader'));
}

async function readFile(device: Device, command: string): Promise<string> {
  const process = await device.transport.exec(['sh', '-c', command], { signal: AbortSignal.timeout(4 * MINUTE_MS) });
  process.closeInput();
  return firstLine(process.stdout);
}

async function firstLine(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.includes('\n')) break;
  }
  return text.split('\n', 1).join('').trim();
}
