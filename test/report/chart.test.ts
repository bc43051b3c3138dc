import { describe, expect, test } from 'vitest';
import { normal, seededRandom } from '../../src/domain/random.ts';
import { caseDots } from '../../src/report/chart/case-dots.ts';
import { drawSvg } from '../../src/report/chart/draw.ts';
import { latencyCourse } from '../../src/report/chart/latency-course.ts';
import { latencyBins } from '../../src/report/chart/latency-histogram.ts';
import { minMaxBuckets } from '../../src/report/chart/min-max.ts';
import { sampleReport } from '../fixtures/report/sample.ts';

const metric = { value: 0.142, low: 0.14, high: 0.144, n: 4, unit: 'ms', method: '' };

describe('a drawn chart', () => {
  const svg = drawSvg(caseDots('Latency p50, ms', [{ label: '<b>"x"\n', metric, trusted: true }, { label: 'y', metric: { ...metric, low: null, high: null }, trusted: false }]), 'c1');
  test('takes every colour from the page', () => {
    expect(svg).toContain('var(--chart-series-0)');
    expect(svg.replace(/var\([^)]*\)/g, '')).not.toMatch(/#0b0c|(?:fill|stroke)="(?!none|#000")[^"]+"|rgb/);
  });
  test('has a role and a name, and carries no style or script', () => {
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-label="[^"]+"/);
    expect(svg).not.toMatch(/<(?:style|script|b>)/);
  });
  test('keeps the digits of its labels', () => {
    expect(svg).toContain('0.142');
  });
});

describe('thinning', () => {
  test('keeps the one spike of many samples', () => {
    const ys = new Float64Array(50_000).fill(1);
    ys[31_337] = 9;
    const points = minMaxBuckets(Float64Array.from(ys.keys()), ys, 100);
    expect(points.length).toBeLessThanOrEqual(200);
    expect(points).toContainEqual([31_337, 9]);
    expect(points.map(([x]) => x)).toEqual(points.map(([x]) => x).sort((a, b) => a - b));
  });
});

describe('distribution', () => {
  const random = seededRandom('bins');
  const samples = Float64Array.from({ length: 5_000 }, (_, i) => (i % 500 === 0 ? 400 : 20) * Math.exp(0.02 * normal(random)));
  test('counts every sample once, drawn or not', () => {
    const bins = latencyBins(samples, []);
    expect(bins?.counts.reduce((sum, n) => sum + n, bins.above)).toBe(5_000);
    expect(bins?.above).toBeGreaterThanOrEqual(10);
  });
  test('reaches to the quantile that is marked', () => {
    const bins = latencyBins(samples, [{ valueMs: 300, text: 'p99' }]);
    expect((bins?.lowMs ?? 0) + (bins?.widthMs ?? 0) * (bins?.counts.length ?? 0)).toBeGreaterThan(300);
  });
  test('equal samples and no samples are no error', () => {
    expect(latencyBins(new Float64Array(10).fill(3), [])?.counts.reduce((sum, n) => sum + n, 0)).toBe(10);
    expect(latencyBins(new Float64Array(0), [])).toBeNull();
  });
});

test('a course shows each launch, its warm-up and only the conditions that were sampled', () => {
  const sample = sampleReport();
  const [first] = [...sample.results()];
  const course = latencyCourse(sample.traces(first?.key ?? ''));
  expect(course.launches).toHaveLength(4);
  expect(course.panels.map((panel) => panel.name)).toEqual(['steal, %', 'CPU pressure, %', 'load']);
  for (const launch of course.launches) expect(launch.warmEndS).toBeGreaterThan(launch.startS);
});
