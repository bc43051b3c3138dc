import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LocalDevice, localNowNs } from '../../src/device/local.ts';
import { openRemoteDevice } from '../../src/device/remote.ts';
import type { PowerSource } from '../../src/domain/power-source.ts';
import { clockOffset } from '../../src/measure/clock-offset.ts';
import { EnergyWatch } from '../../src/measure/energy-watch.ts';
import { Phone } from '../device/phone.ts';
import { Tree } from '../device/tree.ts';

const METER = new URL('../fixtures/device/meter.mjs', import.meta.url).pathname;
const never = new AbortController().signal;
const SAME_CLOCK = { offsetNs: 0, resolutionNs: 1 };

/** One stretch of load, which lays a file for the meter double to see. */
async function measure(fault: string, loadMs = 2500) {
  const file = join(new Tree({ x: '' }).path, 'load');
  const source: PowerSource = { kind: 'command', runsOn: 'host', argv: [process.execPath, METER, file, fault], format: 'watts', clock: 's', intervalMs: 20, covers: 'whole device' };
  const device = new LocalDevice({ power: [source] });
  const watch = await EnergyWatch.begin(device, never);
  await watch.beforeLoad();
  writeFileSync(file, '');
  const startNs = localNowNs();
  await sleep(loadMs);
  rmSync(file);
  const endNs = localNowNs();
  return { ...watch.result(await watch.afterLoad(), { startNs, endNs }, 100, SAME_CLOCK), seconds: (endNs - startNs) / 1e9 };
}

/** Asked again where no figure came of it: a meter or a phone that this busy machine held up for five of its readings was silent, and a silence gives no figure. */
async function asked<T extends { readonly energyAbsent: string | null }>(once: () => Promise<T>): Promise<T> {
  let outcome = await once();
  for (let tries = 1; outcome.energyAbsent !== null && tries < 30; tries++) outcome = await once();
  return outcome;
}

test('a program with a clock of its own is brought to the load by its step; idle, total and net energy', async () => {
  const { energy, energyAbsent, seconds } = await asked(() => measure('none'));
  expect(energyAbsent).toBeNull();
  expect(energy).toMatchObject({ sensor: expect.any(String), covers: 'whole device', inferences: 100 });
  expect(energy?.idleWatts).toBeCloseTo(2, 1);
  expect(energy?.meanWatts).toBeGreaterThan(3.8);
  expect(energy?.alignment?.withinNs).toBeLessThan(2.5e8);
  expect(((energy?.totalJoules ?? 0) - (energy?.netJoules ?? 0)) / seconds).toBeCloseTo(2, 1);
});

test.each([
  ['ends', /ended by itself with exit code 3/],
  ['prints-words', /printed no power|prints lines that hold no power/],
])('a meter that %s: absent, with the reason', async (fault, reason) => {
  expect(await measure(fault, 300)).toMatchObject({ energy: null, energyAbsent: expect.stringMatching(reason) });
});

test('without a sensor, and with a harness that does not tell its uptime: absent, with the reason', async () => {
  const device = new LocalDevice({ root: new Tree().path });
  const watch = await EnergyWatch.begin(device, never);
  await watch.beforeLoad();
  expect(watch.result(await watch.afterLoad(), { startNs: 0, endNs: 1 }, 1, SAME_CLOCK)).toEqual({ energy: null, energyAbsent: expect.stringContaining('no RAPL package') });
  const hello = { nowNs: 5e9, clockResolutionNs: 40 } as never;
  expect(clockOffset({ clock: 'uptime' }, hello)).toBeNull();
  expect(clockOffset({ clock: 'uptime' }, { ...(hello as object), uptimeNs: 7e9 } as never)).toEqual({ offsetNs: -2e9, resolutionNs: 1e7 });
  expect(clockOffset({ clock: 'monotonic' }, hello)).toEqual({ offsetNs: 0, resolutionNs: 40 });
});

test('a gauge of a phone, whose readings stand on its uptime, and inferences on the harness\'s clock', async () => {
  const gauge = (ua: number) => ({ 'sys/class/power_supply/battery/current_now': `${ua}\n`, 'sys/class/power_supply/battery/voltage_now': '4000000\n' });
  const phone = new Phone({ files: gauge(-500_000) });
  await using device = await openRemoteDevice(phone.transport, {
    id: 'pixel', profiles: [], root: phone.tree.path, signal: AbortSignal.timeout(240_000),
    power: [{ kind: 'battery', supply: 'battery', currentUnit: 'uA', discharging: 'negative', refreshMs: 100 }],
  });
  expect(device.facts.sensors).toContain('battery');
  // The phone's uptime and gauge go on: 2 W at rest, 4 W under load. Its harness's clock is 3 s ahead.
  let uptimeMs = 5000_000;
  let load = false;
  const uptimeGoesOn = async (ms: number): Promise<void> => {
    const untilMs = uptimeMs + ms;
    await expect.poll(() => uptimeMs, { interval: 20 }).toBeGreaterThanOrEqual(untilMs);
  };
  const clock = setInterval(() => {
    uptimeMs += 20;
    phone.tree.write({ 'proc/uptime': `${(uptimeMs / 1000).toFixed(2)} 1.00\n`, ...gauge((load ? -1_000_000 : -500_000) - (uptimeMs % 1000)) });
  }, 20);
  try {
    const { energy, energyAbsent } = await asked(async () => {
      const watch = await EnergyWatch.begin(device, never);
      await watch.beforeLoad();
      await uptimeGoesOn(300);
      load = true;
      const startNs = uptimeMs * 1e6 + 3e9;
      await uptimeGoesOn(2500);
      const endNs = uptimeMs * 1e6 + 3e9;
      load = false;
      await uptimeGoesOn(300);
      return watch.result(await watch.afterLoad(), { startNs, endNs }, 50, { offsetNs: 3e9, resolutionNs: 1e7 });
    });
    expect(energyAbsent).toBeNull();
    expect(energy?.idleWatts).toBeCloseTo(2, 1);
    expect(energy?.meanWatts).toBeGreaterThan(3.5);
    expect(energy?.meanWatts).toBeLessThan(4.1);
  } finally {
    clearInterval(clock);
  }
});
