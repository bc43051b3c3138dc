import { afterEach, expect, test, vi } from 'vitest';
import { answerLine } from '../../harness-apps/web/answer-line.ts';
import { measureResolutionNs } from '../../harness-apps/web/clock.ts';
import { readMemory } from '../../harness-apps/web/memory.ts';
import { delegateAbsence } from '../../src/domain/browser.ts';
import type { HarnessEvent } from '../../src/harness/protocol.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('an answer that is too large to be written is an error of its request, not a silence', async () => {
  const tooLarge = { event: 'bye', id: 7, toJSON() { throw new RangeError('Invalid string length'); } } as HarnessEvent;
  const { line, last } = await answerLine({ answer: () => Promise.resolve(tooLarge) }, '{"op":"bye","id":7}');
  expect(JSON.parse(line)).toEqual({ event: 'error', id: 7, code: 'internal', message: 'Invalid string length' });
  expect(last).toBe(false);
  expect(await answerLine({ answer: ({ id }) => Promise.resolve({ event: 'bye', id }) }, '{"op":"bye","id":8}')).toEqual({ line: '{"event":"bye","id":8}', last: true });
});

test('the steps of a clock that are a tenth of a second are known within a second', () => {
  let trueMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => { trueMs += 1; return Math.floor(trueMs / 100) * 100; });
  expect(measureResolutionNs()).toBe(100e6);
  expect(trueMs).toBeLessThan(1000);
});

test('why a delegate is absent is the browser\'s own reason', () => {
  const facts = { gpu: { absent: 'no adapter' }, webnn: { cpu: 'available', gpu: 'available', npu: 'Unable to find NPU' } };
  expect(['cpu', 'webgpu', 'webnn-cpu', 'webnn-gpu', 'webnn-npu'].map((delegate) => delegateAbsence(delegate, facts))).toEqual([null, 'no adapter', null, null, 'Unable to find NPU']);
});

test('memory is the browser\'s own figure with its method, or absent with the reason', async () => {
  const told = async (isolated: boolean, timing: object): Promise<unknown> => {
    vi.stubGlobal('crossOriginIsolated', isolated);
    vi.stubGlobal('performance', timing);
    return readMemory();
  };
  const measures = { measureUserAgentSpecificMemory: () => Promise.resolve({ bytes: 1234 }) };
  expect(await told(true, measures)).toEqual({ bytes: 1234, method: 'measureUserAgentSpecificMemory' });
  expect(await told(false, measures)).toEqual({ absent: 'only a cross-origin isolated page (one from loopback) is told its memory' });
  // Chrome's older figure, of JavaScript's heap alone, is none of it.
  expect(await told(true, { memory: { usedJSHeapSize: 99 } })).toEqual({ absent: 'this browser does not tell a page its memory' });
  expect(await told(true, { measureUserAgentSpecificMemory: () => Promise.reject(new Error('SecurityError: not allowed')) })).toEqual({ absent: 'the browser refuses to tell the page\'s memory: SecurityError: not allowed' });
  vi.useFakeTimers();
  const late = told(true, { measureUserAgentSpecificMemory: () => new Promise(() => {}) });
  await vi.advanceTimersByTimeAsync(20_000);
  vi.useRealTimers();
  expect(await late).toEqual({ absent: 'the browser did not tell the page\'s memory within 20 s' });
});
