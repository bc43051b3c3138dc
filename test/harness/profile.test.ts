import { expect, test } from 'vitest';
import { aggregate, nodeEvents } from '../../harness-apps/protocol/ort-profile.ts';

const event = (name: string, ts: number, dur: number, more: object = {}) =>
  ({ cat: 'Node', pid: 1, tid: 1, ph: 'X', name: `${name}_kernel_time`, ts, dur, args: { op_name: 'Conv', provider: 'CPUExecutionProvider' }, ...more });

test('kernel events alone count, by node and provider', () => {
  const events = nodeEvents([
    { cat: 'Session', name: 'model_run', ts: 0, dur: 100, args: {} }, event('a', 0, 10), event('a', 20, 14),
    { ...event('a', 40, 5), args: { op_name: 'Conv', provider: 'WebGpuExecutionProvider' } }, { cat: 'Node', name: 'a_fence_before', ts: 0, dur: 1, args: { op_name: 'Conv' } },
  ]);
  expect(aggregate(events)).toEqual([
    { name: 'a', operator: 'Conv', provider: 'CPUExecutionProvider', calls: 2, timeNs: 24_000 },
    { name: 'a', operator: 'Conv', provider: 'WebGpuExecutionProvider', calls: 1, timeNs: 5000 },
  ]);
});

test('a control-flow node has its own time only, so that shares add up', () => {
  const rows = aggregate(nodeEvents([
    event('before', 0, 10), event('inner', 12, 5), event('deepest', 20, 3), event('deep', 19, 5), event('if', 11, 20), event('after', 31, 4),
    // Another thread's events lie inside nothing of this one.
    event('elsewhere', 13, 2, { tid: 2 }),
    // Cut-off microseconds: the inner node seems to end after the outer one.
    event('edge inner', 52, 9), event('edge', 51, 9),
  ]));
  const timeNs = Object.fromEntries(rows.map((row) => [row.name, row.timeNs]));
  expect(timeNs).toEqual({ before: 10_000, inner: 5000, deepest: 3000, deep: 2000, if: 10_000, after: 4000, elsewhere: 2000, 'edge inner': 9000, edge: 0 });
});

test('nothing of a profile that is not a list', () => {
  expect(nodeEvents({})).toEqual([]);
  expect(aggregate([])).toEqual([]);
});
