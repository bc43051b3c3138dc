import { expect, test } from 'vitest';
import type { PlannedCase } from '../../src/domain/plan.ts';
import { PRESETS, type MeasurePolicy } from '../../src/domain/preset.ts';
import { estimateCost, locksIn } from '../../src/farm/estimate.ts';
import type { Unit } from '../../src/farm/unit.ts';

const casesOn = (device: string, count: number): PlannedCase[] => Array.from({ length: count }, (_, ordinal) => ({
  key: `m${ordinal}/${device}`, ordinal, verdict: null,
  case: { model: `m${ordinal}`, variant: 'v', runtime: 'onnxruntime', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device, options: { threads: 1, batch: 1 } },
}));

const CASES = [...casesOn('local', 8), ...casesOn('desk', 8), ...casesOn('phone', 8)];
const locks = (device: string): readonly string[] => [device === 'desk' ? 'local' : device];
const machinesOf = (policy: MeasurePolicy) => estimateCost(CASES, policy, new Map(), locks).machines;

test('what takes turns on one machine adds up; each device has its preset\'s budget', () => {
  const [here, phone] = machinesOf(PRESETS.quick);
  expect(here).toMatchObject({ devices: ['local', 'desk'], budgetSeconds: 420 });
  expect(phone).toMatchObject({ devices: ['phone'], budgetSeconds: 210 });
  expect(here?.seconds).toBeCloseTo(2 * (phone?.seconds ?? 0));
});

test('a budget that was asked for is what the machine has', () => {
  const [here, phone] = machinesOf({ ...PRESETS.quick, budgetSeconds: 120, budgetScope: 'machine' });
  expect(here?.budgetSeconds).toBe(120);
  expect(here?.seconds).toBeCloseTo(120);
  expect(phone?.seconds).toBeLessThan(120.1);
});

test('a pool whose members share a machine is no faster than one of them', () => {
  const pool = casesOn('pool:browsers', 6);
  const seconds = (lockId: (id: string) => string) => {
    const units = ['a', 'b'].map((id) => ({ id, lockId: lockId(id) }) as Unit);
    return estimateCost(pool, PRESETS.standard, new Map(), locksIn({ units, named: { 'pool:browsers': ['a', 'b'] } })).machines[0]?.seconds ?? 0;
  };
  expect(seconds(() => 'local')).toBeCloseTo(2 * seconds((id) => id));
});
