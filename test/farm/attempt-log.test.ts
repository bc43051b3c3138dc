import { expect, test } from 'vitest';
import { AttemptLog, type Digest, lastWord } from '../../src/farm/attempt-log.ts';
import type { Store } from '../../src/store/store.ts';

/** A double of the store: attempts of a run as they are read back. */
function storeOf(attempts: readonly { readonly block: number; readonly unit: string }[]): Store {
  const record = { verdict: { status: 'ok', reasons: [] }, sps: 1, quantiles: {} };
  return {
    attempts: () => attempts.map((attempt, position) => ({ ...attempt, kind: 'measure', subject: 's', position, attempt: 0, startedAt: '2026-11-22T06:00:00Z', endedAt: '2026-11-22T06:00:01Z', record })),
    recordAttempt: () => Promise.resolve(),
  } as unknown as Store;
}

test('the last unit of a case is that of its last launch, whatever its block', async () => {
  const log = new AttemptLog(storeOf([{ block: 0, unit: 'a' }, { block: 1, unit: 'a' }, { block: 0, unit: 'b' }]), 'run');
  expect(log.lastUnit('s')).toBe('b');
  expect(log.lastUnit('other')).toBeNull();
  await log.add({ kind: 'measure', subject: 's', block: 0, unit: 'c', startedAt: '2026-11-22T06:00:02Z', endedAt: '2026-11-22T06:00:03Z', record: { verdict: { status: 'ok', reasons: [] }, sps: 1, quantiles: {} }, samplesNs: null, completionsNs: null } as unknown as Parameters<AttemptLog['add']>[0]);
  expect(log.lastUnit('s')).toBe('c');
});

test('a launch that the surroundings spoiled is tried twice more; what it says then, or what another try says, stands', () => {
  const spoiled: Digest = { unit: 'a', status: 'invalid', code: 'background', value: null };
  const good: Digest = { unit: 'a', status: 'ok', code: null, value: 1 };
  expect([lastWord([spoiled]), lastWord([spoiled, spoiled]), lastWord([spoiled, spoiled, spoiled]), lastWord([spoiled, good])]).toEqual([null, null, spoiled, good]);
  const parity: Digest = { ...spoiled, code: 'parity' };
  expect(lastWord([parity])).toBe(parity);
});
