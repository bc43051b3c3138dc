import { expect, test } from 'vitest';
import { environmentChanges } from '../../src/domain/environment.ts';
import { coresPutBack } from '../../src/history/held-cores.ts';

test('both sides are held on the cores that their own night was allowed', () => {
  expect(coresPutBack([{ cores: '8', cpus: '0-7' }, { cores: '4', cpus: '4-7' }])).toEqual({ kind: 'held', held: { cores: [[0, 1, 2, 3, 4, 5, 6, 7], [4, 5, 6, 7]], areRecorded: true } });
  // As many, and others: that is a change too.
  expect(coresPutBack([{ cores: '4', cpus: '4-7' }, { cores: '4', cpus: '0-3' }])).toMatchObject({ kind: 'held', held: { cores: [[4, 5, 6, 7], [0, 1, 2, 3]] } });
  expect(coresPutBack([{ cores: '8', cpus: '0-7' }, { cores: '8', cpus: '0-7' }])).toEqual({ kind: 'alike' });
});

test('nights that recorded only a number stand for the first so many cores, and are told as such', () => {
  expect(coresPutBack([{ cores: '2' }, { cores: '1' }])).toEqual({ kind: 'held', held: { cores: [[0, 1], [0]], areRecorded: false } });
  expect(coresPutBack([{ cores: '2', cpus: '0-1' }, { cores: '1' }])).toMatchObject({ kind: 'held', held: { areRecorded: false } });
  expect(coresPutBack([{ cores: '2' }, {}])).toEqual({ kind: 'alike' });
  // What no night of a real device says is not taken at its word.
  expect(coresPutBack([{ cores: '2', cpus: '0-4000000000' }, { cores: '2', cpus: '0-1' }])).toEqual({ kind: 'alike' });
});

test('a quota of a container is no choice of cores', () => {
  expect(coresPutBack([{ cores: '4', cpus: '0-3' }, { cores: '2', cpus: '0-3' }])).toMatchObject({ kind: 'not', reason: expect.stringContaining('quota') });
  expect(coresPutBack([{ cores: '4', cpus: '0-3' }, { cores: '1', cpus: '0-1' }])).toMatchObject({ kind: 'not' });
});

test('a change of the cores allowed tells their number too, which is then no change of its own', () => {
  expect(environmentChanges({ cores: '2', cpus: '0-1' }, { cores: '1', cpus: '0' })).toEqual([{ field: 'cpus', from: '0-1', to: '0' }]);
  expect(environmentChanges({ cores: '2' }, { cores: '1', cpus: '0' })).toEqual([{ field: 'cores', from: '2', to: '1' }]);
});
