import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LaunchRecord } from '../../src/domain/launch.ts';
import type { CaseResult } from '../../src/domain/result.ts';
import { readResults } from '../cli/paddock.ts';
import type { Board, LaidOn } from '../lab/board.ts';
import type { Lab } from '../lab/lab.ts';
import { lacksLab } from '../lab/needs.ts';
import { LAB_HOOK_MS, useLab } from '../lab/use-lab.ts';
import { LabDesk, lacksNative } from './lab-desk.ts';

const MS = 900_000;
const METER = fileURLToPath(new URL('../fixtures/device/board-meter.mjs', import.meta.url));
/** Of the meter's clock before the harness's, which is this machine's monotonic one. */
const AHEAD_NS = 1e15;
const METER_INTERVAL_NS = 20e6;
/** A machine that is busy with other tests keeps a sensor waiting; what Paddock then says is that it was silent. */
const TRIES = 4;

/** What a busy machine lets slip is spoiled in one attempt; what Paddock does wrong, in each. */
const ATTEMPTS = 3;

async function inSomeAttempt(attempt: () => Promise<void>): Promise<void> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nonce more\n`);
    }
  }
}

interface Launched {
  readonly result: CaseResult | undefined;
  readonly record: LaunchRecord;
}

/** Runs the suite, with reports in `out-0`, and again on those of the wanted devices whose sensor was not heard without a break; gives what was stored of the last launch on each. */
async function measured(desk: LabDesk, wanted: readonly string[]): Promise<ReadonlyMap<string, Launched>> {
  const found = new Map<string, Launched>();
  for (let left = [...wanted], i = 0; left.length > 0 && i < TRIES; i++) {
    const { code, stderr } = await desk.start('run', 'suite.yaml', '--out', `out-${i}`, ...(i === 0 ? [] : left.flatMap((id) => ['--device', id]))).ended;
    expect(code, stderr).toBe(0);
    const results = readResults(join(desk.folder, `out-${i}`, 'results.json'));
    const records = desk.read((store) => new Map([...store.attempts(store.latestRun()?.id ?? '', 'measure')].map(({ unit, record }) => [unit, record as LaunchRecord]))) ?? new Map<string, LaunchRecord>();
    for (const [id, record] of records) found.set(id, { record, result: results.find(({ unit }) => unit === id) });
    left = wanted.filter((id) => /silent|do not cover|readings/.test(found.get(id)?.record.energyAbsent ?? ''));
  }
  return found;
}

/** Whether a harness runs on a board: looked at without a pause, as it is many times a second. */
function hasHarness(space: string): boolean {
  const of = (path: string, read: (path: string) => string): string => {
    try {
      return read(path);
    } catch {
      return ''; // gone meanwhile
    }
  };
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && of(`/proc/${name}/ns/pid`, readlinkSync) === space && of(`/proc/${name}/cmdline`, (path) => readFileSync(path, 'latin1')).includes('harness-native'));
}

/** Joules that a board took until a moment, by what was laid on it. */
function joulesAt(laidOn: readonly LaidOn[], timeNs: number): number {
  const index = laidOn.findIndex((each) => each.timeNs >= timeNs);
  const [before, after] = [laidOn[index - 1], laidOn[index]];
  if (before === undefined || after === undefined) throw new Error('the moment is not in what was laid on the board');
  return (before.microjoules + ((after.microjoules - before.microjoules) * (timeNs - before.timeNs)) / (after.timeNs - before.timeNs)) / 1e6;
}

describe.skipIf(lacksLab || lacksNative)('energy of runs on boards', () => {
  let lab: Lab;
  beforeAll(async () => { lab = await useLab([]); }, LAB_HOOK_MS);

  test('rails of a Pixel and a Jetson and a battery\'s gauge tell what the lab lays on the boards: at rest, in total, net for each inference; a gauge that is too slow is refused', async () => {
    await using odpm = await lab.spare({ kind: 'pixel' });
    await using gauge = await lab.spare({ kind: 'galaxy' });
    await using slow = await lab.spare({ kind: 'galaxy' });
    await using jetson = await lab.spare({ kind: 'jetson' });
    const boards = { odpm, gauge, slow, jetson };
    for (const board of [gauge, slow]) await board.set({ charger: 'none' });
    // A gauge that says the same twice has nothing new to say.
    const load = async (board: Board): Promise<() => number> => {
      const space = await readlink(`/proc/${await board.pid()}/ns/pid`);
      let ticks = 0;
      return () => (hasHarness(space) ? 0.6 : 0.02) + 0.01 * (ticks++ % 3);
    };
    await using ofOdpm = await odpm.ownWeather(await load(odpm));
    await using ofGauge = await gauge.ownWeather(await load(gauge));
    await using ofJetson = await jetson.ownWeather(await load(jetson));
    const laidOn = { odpm: ofOdpm.laidOn, gauge: ofGauge.laidOn, jetson: ofJetson.laidOn };
    const battery = (refreshMs: number): object => ({ kind: 'battery', currentUnit: 'mA', discharging: 'negative', refreshMs });
    using desk = new LabDesk({ boards, devices: ['odpm', { id: 'gauge', power: [battery(200)] }, { id: 'slow', power: [battery(1000)] }, 'jetson'], launches: 1, seconds: 4 });
    await inSomeAttempt(async () => {
      const found = await measured(desk, ['odpm', 'gauge', 'jetson']);
      for (const [id, sensor] of [['odpm', 'odpm'], ['gauge', 'battery'], ['jetson', 'ina']] as const) {
        const { record, result } = found.get(id) ?? {};
        const energy = record?.energy;
        expect(energy, `${id}: ${record?.energyAbsent}`).toMatchObject({ sensor });
        const [first, last] = [record?.batches[0], record?.batches.at(-1)];
        const [startNs, endNs] = [first?.startNs ?? 0, (last?.startNs ?? 0) + (last?.durationNs ?? 0)];
        const seconds = (endNs - startNs) / 1e9;
        const total = joulesAt(laidOn[id], endNs) - joulesAt(laidOn[id], startNs);
        const atRest = Math.min(...laidOn[id].slice(10).map((each, i) => (each.microjoules - (laidOn[id][i]?.microjoules ?? 0)) / ((each.timeNs - (laidOn[id][i]?.timeNs ?? 0)) / 1e3)));
        expect((energy?.totalJoules ?? 0) / total, `${id}, total`).toBeCloseTo(1, 1);
        expect((energy?.idleWatts ?? 0) / atRest, `${id}, at rest`).toBeCloseTo(1, 1);
        const inferences = record?.batches.reduce((sum, { count }) => sum + count, 0) ?? 0;
        expect(energy?.inferences).toBe(inferences);
        expect((result?.metrics['energy_per_inference']?.value ?? 0) / ((1000 * (total - atRest * seconds)) / inferences), `${id}, net`).toBeCloseTo(1, 1);
        expect((result?.metrics['energy_per_inference_total']?.value ?? 0) / ((1000 * total) / inferences), `${id}, total of each`).toBeCloseTo(1, 1);
        expect(result?.metrics['power_idle']).toMatchObject({ value: energy?.idleWatts, unit: 'W' });
      }
      const { result } = found.get('slow') ?? {};
      expect(result?.metrics['energy_per_inference']).toBeUndefined();
      expect(result?.absent['energy_per_inference']).toMatch(/^battery(, measured window)?: \d readings.*, 10 are needed$/);
      expect(readFileSync(join(desk.folder, 'out-0', 'report.html'), 'utf8')).toMatch(/\d readings.*, 10 are needed/);
    });
  }, MS);

  test('a meter of the host with a clock of its own: the offset that the step of the load gives is right within what is stated, and so is the energy', async () => {
    await using rpi = await lab.spare({ kind: 'rpi' });
    const power = { kind: 'command', argv: [process.execPath, METER, String(await rpi.pid())], clock: 'ns', intervalMs: 20, covers: 'the board at its plug' };
    using desk = new LabDesk({ boards: { rpi }, devices: [{ id: 'rpi', power: [power] }], launches: 1, seconds: 4 });
    await inSomeAttempt(async () => {
      const { record, result } = (await measured(desk, ['rpi'])).get('rpi') ?? {};
      expect(record?.energyAbsent).toBeNull();
      const { alignment, idleWatts, meanWatts, covers } = record?.energy ?? {};
      // Each of its readings is the mean of a fiftieth of a second.
      expect(Math.abs((alignment?.offsetNs ?? 0) + AHEAD_NS)).toBeLessThanOrEqual((alignment?.withinNs ?? 0) + METER_INTERVAL_NS);
      expect(alignment?.withinNs).toBeLessThan(4e8 / 2);
      expect(covers).toBe('the board at its plug');
      expect(idleWatts).toBeCloseTo(2, 0);
      expect(meanWatts).toBeGreaterThan(3.3);
      expect(meanWatts).toBeLessThanOrEqual(4.01);
      expect(result?.metrics['energy_per_inference']?.method).toMatch(/its clock by the step of the load, to ±\d+ ms/);
    });
  }, MS);
});
