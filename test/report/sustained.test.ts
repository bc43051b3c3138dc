import { expect, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import type { LaunchTrace, RunReport } from '../../src/domain/run-report.ts';
import { sustainedCourse } from '../../src/report/chart/sustained-course.ts';
import { sustainedSection } from '../../src/report/html/sustained-section.ts';
import { sustainedTrace } from '../fixtures/report/sustained.ts';

const result = { key: 'k', case: { model: 'rec', variant: 'fp32', runtime: 'onnxruntime', delegate: 'cpu', workload: 'ten-minutes', scenario: 'single-stream', device: 'pixel', options: { threads: 4, batch: 1 } }, metrics: { sustained_latency_ratio: { value: 1.2, low: null, high: null, n: 1, unit: '×', method: '' } }, absent: {} } as unknown as CaseResult;
const report = (traces: readonly LaunchTrace[]): RunReport => ({ traces: () => traces } as unknown as RunReport);

test('the course of a sustained workload: medians of short stretches, temperatures on the same axis', () => {
  const course = sustainedCourse([sustainedTrace(0)]);
  expect(course.minutes).toBeGreaterThan(9);
  expect(course.latencies[0]?.points).toHaveLength(120);
  const [, early] = course.latencies[0]?.points[2] ?? [0, 0];
  const [, late] = course.latencies[0]?.points.at(-1) ?? [0, 0];
  expect(late / early).toBeCloseTo(1.2, 2);
  expect(course.temperatures.map(({ name }) => name)).toEqual(['hottest zone', 'case']);
});

test('a section for each sustained case, with the ratio in words; none without', () => {
  const html = sustainedSection(report([sustainedTrace(0), sustainedTrace(1)]), [result]);
  expect(html).toContain('Sustained load');
  expect(html).toMatch(/in the last one \(shaded, like the first\) an inference took 1\.20? times as long as in the first/);
  expect(html).toContain('role="img"');
  expect(sustainedSection(report([]), [result])).toBe('');
  expect(sustainedSection(report([sustainedTrace(0)]), [{ ...result, metrics: {} }])).toBe('');
});
