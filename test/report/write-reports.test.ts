import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isReportFormatId, REPORT_FORMAT_IDS, ReportWriteError, writeReports } from '../../src/report/registry.ts';
import { sampleReport } from '../fixtures/report/sample.ts';

let folder = '';
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'paddock reports \'"')); });
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

test('writes the files that were asked for, into a folder that it makes', async () => {
  const target = join(folder, 'deep', 'run 1');
  const paths = await writeReports(sampleReport(), REPORT_FORMAT_IDS, target);
  expect(paths.map((path) => path.slice(target.length + 1))).toEqual(['report.html', 'results.csv', 'summary.md', 'results.json', 'junit.xml']);
  expect((await readdir(target)).sort()).toEqual(['junit.xml', 'report.html', 'results.csv', 'results.json', 'summary.md']);
});

test('a report that breaks half-way leaves the old file and nothing else', async () => {
  await writeFile(join(folder, 'results.json'), 'old');
  const sample = sampleReport();
  const breaking = { ...sample, *results() { for (const result of sample.results()) { yield result; throw new Error('disk gone'); } } };
  await expect(writeReports(breaking, ['json'], folder)).rejects.toThrow(/results\.json.*disk gone.*--out/s);
  expect(await readdir(folder)).toEqual(['results.json']);
  expect(await readFile(join(folder, 'results.json'), 'utf8')).toBe('old');
});

test('a folder that can’t be made is one clear error', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(writeReports(sampleReport(), ['md'], join(folder, 'file'))).rejects.toBeInstanceOf(ReportWriteError);
});

test('knows its formats', () => {
  expect([isReportFormatId('html'), isReportFormatId('pdf'), isReportFormatId('constructor')]).toEqual([true, false, false]);
});
