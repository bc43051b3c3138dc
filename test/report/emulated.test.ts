import { expect, test } from 'vitest';
import type { CaseResult } from '../../src/domain/result.ts';
import { compareWithin } from '../../src/farm/compare.ts';
import { distinctLabels } from '../../src/report/case-label.ts';
import { sampleReport } from '../fixtures/report/sample.ts';
import { reportText } from '../fixtures/report/text-buffer.ts';

const emulate = (result: CaseResult): CaseResult => (result.case.device === 'pi5-bench' ? { ...result, case: { ...result.case, emulated: true } } : result);

const report = (() => {
  const sample = sampleReport();
  return { ...sample, results: () => [...sample.results()].map(emulate) };
})();

test('wherever a number of an emulated device stands, it says so', async () => {
  const md = (await reportText(report, 'md')).split('\n').filter((line) => line.startsWith('|') && line.includes('pi5') && line.includes('ms'));
  expect(md.length).toBeGreaterThan(3);
  for (const line of md) expect(line).toMatch(/pi5\\?-bench \\?\(emulated/);
  const csv = (await reportText(report, 'csv')).split('\r\n');
  const column = csv[0]?.split(',').indexOf('emulated') ?? -1;
  expect(new Set(csv.filter((line) => line.includes('stream/pi5-bench')).map((line) => line.split(',')[column]))).toEqual(new Set(['yes']));
  expect(new Set(csv.filter((line) => line.includes('stream/workstation')).map((line) => line.split(',')[column]))).toEqual(new Set(['no']));
  const json = JSON.parse(await reportText(report, 'json')) as { results: { case: { device: string; emulated?: true } }[] };
  expect(json.results.every((row) => (row.case.device === 'pi5-bench') === (row.case.emulated === true))).toBe(true);
  const html = await reportText(report, 'html');
  expect(html.match(/pi5-bench \(emulated\)/g)?.length).toBeGreaterThan(5);
  expect(await reportText(report, 'junit')).toContain('device: emulated');
});

test('labels of a table name it even where the device is the same in all rows', () => {
  const cases = report.results().map((result) => result.case).filter((c) => c.device === 'pi5-bench');
  for (const label of distinctLabels(cases)) expect(label).toMatch(/emulated/);
});

test('a comparison with an emulated side says so', () => {
  const comparisons = compareWithin(report.results(), [{ base: { variant: 'fp32', model: 'ppocr-rec' }, head: { variant: 'int8', model: 'ppocr-rec' } }]);
  for (const comparison of comparisons) expect(comparison.reason.includes('emulated')).toBe(comparison.base.includes('pi5-bench'));
  expect(comparisons.some((comparison) => comparison.base.includes('pi5-bench'))).toBe(true);
});
