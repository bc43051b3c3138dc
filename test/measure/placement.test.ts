import { expect, test } from 'vitest';
import { judgePlacement, summarizePlacement } from '../../src/measure/placement.ts';
import type { Delegate } from '../../src/runtime/runtime.ts';

const XNNPACK: Delegate = { name: 'xnnpack', kind: 'cpu', providers: ['XnnpackExecutionProvider'] };
const WEBGPU: Delegate = { name: 'webgpu', kind: 'gpu', providers: ['WebGpuExecutionProvider'] };
type Nodes = readonly (readonly [provider: string, count: number, timeNs: number, operator?: string])[];
const judge = (delegate: Delegate, nodes: Nodes) => {
  const event = { event: 'placement', id: 1, method: 'profile', nodes: nodes.flatMap(([provider, count, timeNs, operator = 'Conv']) => Array.from({ length: count }, (_, i) => ({ name: `n${i}`, operator, provider: `${provider}ExecutionProvider`, calls: 1, timeNs }))) } as const;
  const placement = summarizePlacement({ ...event, nodes: [...event.nodes] }, delegate);
  return { placement, ...judgePlacement(placement, delegate) };
};

test('all on the delegate that was asked for', () => {
  expect(judge(XNNPACK, [['Xnnpack', 10, 5]])).toMatchObject({ ran: 'as-asked', warnings: [], reason: null, placement: { strayOperators: [], providers: [{ nodes: 10, timeShare: 1 }] } });
});

test('all elsewhere is a fallback', () => {
  expect(judge(XNNPACK, [['CPU', 10, 5]])).toMatchObject({ ran: 'elsewhere', reason: { code: 'fallback', message: expect.stringContaining('10 of 10 nodes (100.0 % of the time) did not run on xnnpack: 10 Conv on CPU') } });
});

test('no node at all proves nothing', () => {
  expect(judge(XNNPACK, [])).toMatchObject({ ran: 'elsewhere', reason: { code: 'fallback' } });
});

test('a CPU-side delegate is judged by time: one slow stray is a fallback, many quick ones a warning', () => {
  expect(judge(XNNPACK, [['Xnnpack', 99, 1], ['CPU', 1, 50]]).reason?.code).toBe('fallback');
  expect(judge(XNNPACK, [['Xnnpack', 10, 100], ['CPU', 30, 1, 'Shape']])).toMatchObject({ ran: 'as-asked', warnings: [{ code: 'partial-fallback' }], reason: null });
});

test('a GPU is judged by nodes, whose times are those to submit', () => {
  expect(judge(WEBGPU, [['WebGpu', 228, 1], ['CPU', 3, 1000, 'Shape']])).toMatchObject({ ran: 'as-asked', warnings: [{ code: 'partial-fallback' }] });
  expect(judge(WEBGPU, [['WebGpu', 80, 1000], ['CPU', 20, 1]]).reason?.message).toContain('20 of 100 nodes (20.0 % of the nodes)');
});

test('a profile whose times are all cut off to 0 is judged by nodes: all elsewhere stays a fallback', () => {
  expect(judge(XNNPACK, [['CPU', 3, 0]])).toMatchObject({ ran: 'elsewhere', reason: { code: 'fallback', message: expect.stringContaining('100.0 % of the nodes') } });
});

test.each(['cpu', 'gpu', 'npu'] as const)('an interface that chooses the device itself proves no %s, however many of its nodes ran', (kind) => {
  const WEBNN: Delegate = { name: `webnn-${kind}`, kind, providers: ['WebNNExecutionProvider'], isOpaque: true };
  expect(judge(WEBNN, [['WebNN', 1, 5]])).toMatchObject({ ran: 'unproven', warnings: [], reason: { code: 'device-unproven' } });
  // One node is the most of the graph: three on the CPU are no three quarters.
  expect(judge(WEBNN, [['WebNN', 1, 5], ['CPU', 3, 500, 'Shape']])).toMatchObject({ ran: 'unproven', warnings: [{ code: 'partial-fallback', message: expect.stringContaining('3 nodes did not run on webnn') as string }], reason: { code: 'device-unproven' } });
  expect(judge(WEBNN, [['CPU', 3, 500]])).toMatchObject({ ran: 'elsewhere', reason: { code: 'fallback' } });
});
