import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readResults } from '../cli/paddock.ts';
import { adbPublicKey, askAdb } from '../lab/adb-process.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { harnessesOn, LabDesk, lacksNative } from './lab-desk.ts';

const MS = 900_000;

describe.skipIf(lacksLab || lacksNative)('all boards of the lab and this machine in one run', () => {
  let lab: Lab;
  beforeAll(async () => { lab = await useLab([]); }, LAB_HOOK_MS);

  test('right outputs on each, across x64 and arm64; conditions; emulated ones labelled; the one that asks to be allowed is skipped with what to do, and takes part once it was allowed', async () => {
    // Its own: other files of the tests run their programs on the shared ones.
    await using pixel = await lab.spare({ kind: 'pixel' });
    await using galaxy = await lab.spare({ kind: 'galaxy' });
    await using jetson = await lab.spare({ kind: 'jetson' });
    await using rpi = await lab.spare({ kind: 'rpi' });
    await using locked = await lab.spare({ kind: 'locked' });
    const boards = { pixel, galaxy, jetson, rpi, locked };
    using desk = new LabDesk({
      boards,
      // The two phones are a pool, and the arm64 board is found by its profile.
      lab: 'pools: { phones: [pixel, galaxy] }', devices: ['local', 'pool:phones', 'profile:jetson-orin-nano', 'rpi', 'locked'], launches: 2, seconds: 0.3,
    });
    const refused = await desk.start('run', 'suite.yaml', '--out', 'refused', '--device', 'locked', '--device', 'rpi').ended;
    const skipped = readResults(join(desk.folder, 'refused', 'results.json')).find((result) => result.case.device === 'locked');
    expect(skipped?.verdict, refused.stderr).toMatchObject({ status: 'skipped', reasons: [{ code: 'device-unauthorized', message: expect.stringContaining('Allow USB debugging') }] });

    // The tap on its prompt; a board on the network is then asked again.
    await locked.authorize(await adbPublicKey(`${lab.folder}/adb`));
    await askAdb(lab.adb.port, `host:disconnect:${locked.adbAddress.serial}`);
    await askAdb(lab.adb.port, `host:connect:${locked.adbAddress.serial}`);

    const ended = await desk.start('run', 'suite.yaml', '--out', 'out').ended;
    const rows = readResults(join(desk.folder, 'out', 'results.json'));
    const row = (device: string) => rows.find((result) => result.case.device === device);
    const measured = ['local', 'pool:phones', 'profile:jetson-orin-nano', 'rpi', 'locked'].map((device) => row(device));
    for (const result of measured) {
      expect(result?.verdict, result?.key).toEqual({ status: 'ok', reasons: [] });
      expect(result?.parity).toMatchObject({ passed: true, reference: 'fp32 on cpu, unoptimised' });
      expect(result?.conditions?.samples).toBeGreaterThan(0);
      expect(result?.metrics['latency_mean']?.value).toBeGreaterThan(0);
      expect(result?.launches.map((launch) => launch.unit)).toEqual([result?.unit, result?.unit]);
      expect(result?.case.emulated === true, result?.key).toBe(result?.case.device !== 'local');
    }
    expect(['pixel', 'galaxy']).toContain(row('pool:phones')?.unit);
    expect(row('rpi')?.conditions?.temperatureMaxC).toBeGreaterThan(0);
    const facts = (JSON.parse(readFileSync(join(desk.folder, 'out', 'results.json'), 'utf8')) as { devices: { id: string; arch: string }[] }).devices;
    expect(new Set(facts.map((device) => device.arch))).toEqual(new Set(['x64', 'arm64']));
    // The same inputs everywhere.
    expect(new Set(measured.map((result) => result?.provenance?.inputsSha256)).size).toBe(1);
    expect(ended.stdout).toContain('(emulated)');
    for (const board of Object.values(boards)) await expect.poll(() => harnessesOn(board)).toEqual([]);

    // What is there already is not sent again, and the pool's cases are at home.
    const again = await desk.start('run', 'suite.yaml', '--out', 'again', '--device', 'pool:phones').ended;
    expect(again.stderr).not.toContain('fault of Paddock');
    expect(readResults(join(desk.folder, 'again', 'results.json'))[0]?.unit).toBe(row('pool:phones')?.unit);
  }, MS);

  test('a phone that is too hot is waited for, and then measured', async () => {
    await using pixel = await lab.spare({ kind: 'pixel' });
    using desk = new LabDesk({ boards: { pixel }, devices: ['pixel'], launches: 1, seconds: 0.3, suite: 'preset: standard', gates: '{ maxSkinTemperatureC: 40, maxCpuBusy: 1, maxCpuPressure: 1, maxSteal: 1 }' });
    await pixel.set({ skinC: 47.2 });
    const run = desk.start('run', 'suite.yaml', '--out', 'out');
    await expect.poll(() => run.stderr(), { timeout: 240_000 }).toContain('the case is at 47');
    await pixel.set({ skinC: 30 });
    const { code, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    const [result] = readResults(join(desk.folder, 'out', 'results.json'));
    expect(result?.verdict).toMatchObject({ status: 'ok' });
    expect(result?.conditions?.skinTemperatureMaxC ?? 30).toBeLessThan(40);
  }, MS);

  test('a board takes the Node harness with a Node of its own', async () => {
    await using rpi = await lab.spare({ kind: 'rpi' });
    using desk = new LabDesk({ boards: { rpi }, devices: ['rpi'], launches: 1, seconds: 0.3, runtimes: '[{ id: onnxruntime, harness: node }]' });
    const { code, stderr } = await desk.start('run', 'suite.yaml', '--out', 'out').ended;
    expect(code, stderr).toBe(0);
    const [result] = readResults(join(desk.folder, 'out', 'results.json'));
    expect(result).toMatchObject({ unit: 'rpi', verdict: { status: 'ok' }, parity: { passed: true }, provenance: { harness: expect.stringContaining('node') } });
    await expect.poll(() => harnessesOn(rpi), { timeout: 120_000 }).toEqual([]);
  }, MS);
});
