import { chmodSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import { readResults } from '../cli/paddock.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { harnessesOn, LabDesk, lacksNative } from './lab-desk.ts';
import { until } from './paddock.ts';

const WAIT_MS = 240_000;

/** The result of one device. */
function resultOf(desk: LabDesk, out: string, device: string): CaseResult | undefined {
  return readResults(join(desk.folder, out, 'results.json')).find((result) => result.case.device === device);
}

function program(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

describe.skipIf(lacksLab || lacksNative)('a board with a fault of its own takes no other along', () => {
  let lab: Lab;
  beforeAll(async () => { lab = await useLab([]); }, LAB_HOOK_MS);

  test('a disk that is full: its cases fail with what to do, and nothing half-written stays', async () => {
    await using full = await lab.spare({ kind: 'pixel', dataMiB: 12 });
    await using fine = await lab.spare({ kind: 'rpi' });
    using desk = new LabDesk({ boards: { full, fine }, devices: ['full', 'fine'], launches: 1, seconds: 0.3, folder: '/data/local/tmp/paddock' });
    const first = await desk.start('run', 'suite.yaml', '--out', 'first').ended;
    expect(first.code, first.stderr).toBe(1);
    expect(resultOf(desk, 'first', 'fine')?.verdict.status).toBe('ok');
    const refused = resultOf(desk, 'first', 'full')?.verdict;
    expect(refused, first.stderr).toMatchObject({ reasons: [{ code: expect.stringContaining('device-full'), message: expect.stringMatching(/MiB.*are free.*free some space/) }] });
    const session = join(await full.hostPath('/data/local/tmp/paddock'), 'session');
    await expect.poll(() => readdirSync(session)).toEqual([]);
  });

  test('a board whose shell answers garbage is told as that, whose tools do is measured without what they told, and another goes on', async () => {
    await using mad = await lab.spare({ kind: 'pixel' });
    await using odd = await lab.spare({ kind: 'pixel' });
    await using fine = await lab.spare({ kind: 'rpi' });
    using desk = new LabDesk({ boards: { mad, odd, fine }, devices: ['mad', 'odd', 'fine'], launches: 1, seconds: 0.3 });
    const noise = '#!/usr/bin/dash\nwhile echo "\\033[31m\\000\\377 login: $*"; do i=$((i+1)); [ $i -lt 3000 ] || exit 0; done\n';
    for (const name of ['dumpsys', 'cmd', 'settings']) program(join(await odd.hostPath('/system/bin'), name), noise);
    for (const [folder, name] of [['/system/bin', 'sh'], ['/usr/bin', 'sh']] as const) program(join(await mad.hostPath(folder), name), noise);
    const { code, stderr } = await desk.start('run', 'suite.yaml', '--out', 'out').ended;
    expect(code, stderr).toBe(0);
    expect(resultOf(desk, 'out', 'fine')?.verdict.status, stderr).toBe('ok');
    expect(resultOf(desk, 'out', 'odd'), stderr).toMatchObject({ verdict: { status: 'ok' }, parity: { passed: true } });
    expect(resultOf(desk, 'out', 'odd')?.conditions?.thermalStatusMax).toBeUndefined();
    expect(resultOf(desk, 'out', 'mad')?.verdict, stderr).toMatchObject({ status: 'skipped', reasons: [{ code: 'device-garbage' }] });
    // eslint-disable-next-line no-control-regex
    expect(stderr).not.toMatch(/[\u0000-\u0008\u001b]/);
  });

  test('sensor files that vanish in the middle of a launch: it counts, with what was told until then, and says which power is no longer told', async () => {
    await using board = await lab.spare({ kind: 'pixel' });
    using desk = new LabDesk({ boards: { board }, devices: ['board'], launches: 1, seconds: 6 });
    const command = desk.start('run', 'suite.yaml', '--out', 'out');
    await until('a launch measures', WAIT_MS, () => command.stderr().includes('measuring '));
    await expect.poll(async () => (await harnessesOn(board)).some((line) => line.includes('harness-native'))).toBe(true);
    const sys = join(board.folder, 'sys');
    for (const gone of ['bus/iio/devices/iio:device0', 'class/thermal', 'class/power_supply']) renameSync(join(sys, gone), join(board.folder, gone.replaceAll('/', '-')));
    const { code, stderr } = await command.ended;
    expect(code, stderr).toBe(0);
    const result = resultOf(desk, 'out', 'board');
    expect(result, stderr).toMatchObject({ verdict: { status: 'ok' }, parity: { passed: true } });
    expect(result?.metrics['latency_p50']?.value).toBeGreaterThan(0);
    expect(result?.metrics['energy_per_inference']).toBeUndefined();
    expect(result?.absent['energy_per_inference']).toMatch(/^odpm: /);
    expect(result?.conditions?.samples).toBeGreaterThan(0);
    expect(existsSync(join(desk.folder, 'out', 'report.html'))).toBe(true);
  });
});
