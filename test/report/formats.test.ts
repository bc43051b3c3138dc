import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { caseResultSchema, comparisonSchema, deviceFactsSchema, runInfoSchema } from '../../src/domain/result.ts';
import { FORMULAS, HOSTILE, hostileReport } from '../fixtures/report/hostile.ts';
import { manyResults } from '../fixtures/report/many.ts';
import { sampleReport } from '../fixtures/report/sample.ts';
import { reportText } from '../fixtures/report/text-buffer.ts';

const resultsFile = z.strictObject({ schemaVersion: z.literal(1), run: runInfoSchema, devices: z.array(deviceFactsSchema), models: z.array(z.unknown()), results: z.array(caseResultSchema), comparisons: z.array(comparisonSchema), tradeOffs: z.array(z.unknown()) });

/** RFC 4180 records. */
function records(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

describe('results.json', () => {
  test('holds the whole run, as the schemas say', async () => {
    const sample = sampleReport();
    const file = resultsFile.parse(JSON.parse(await reportText(sample, 'json')));
    expect(file).toEqual({ schemaVersion: 1, run: sample.run, devices: sample.devices, models: [], results: [...sample.results()], comparisons: sample.comparisons, tradeOffs: [] });
  });
  test('a run without results is still a document', async () => {
    expect(JSON.parse(await reportText({ ...manyResults(0), devices: [], comparisons: [] }, 'json'))).toMatchObject({ devices: [], results: [], comparisons: [] });
  });
  test('hostile text comes back as it was', async () => {
    const file = JSON.parse(await reportText(hostileReport(HOSTILE), 'json')) as { run: { suite: string } };
    expect(file.run.suite).toBe(HOSTILE);
  });
});

describe('results.csv', () => {
  test('numbers are numbers, what is absent is empty', async () => {
    const [header = [], first = []] = records(await reportText(sampleReport(), 'csv'));
    const cell = (name: string): string | undefined => first[header.indexOf(name)];
    expect([cell('model'), cell('threads'), cell('verdict'), cell('latency_p50_unit'), cell('latency_p99'), cell('power_avg')]).toEqual(['ppocr-rec', '1', 'ok', 'ms', '', '']);
    expect(Number(cell('latency_p50'))).toBeGreaterThan(Number(cell('latency_p50_low')));
  });
  test('a negative number is not taken for a formula', async () => {
    const sample = sampleReport();
    const [first] = [...sample.results()];
    if (first === undefined) throw new Error('the sample is empty');
    const [header = [], row = []] = records(await reportText({ ...sample, results: () => [{ ...first, metrics: { quality_score: { value: -1.5, low: null, high: null, n: 1, unit: '', method: '' } } }] }, 'csv'));
    expect(row[header.indexOf('quality_score')]).toBe('-1.5');
  });
  test.each(FORMULAS)('%j is text', async (formula) => {
    const rows = records(await reportText(hostileReport(formula), 'csv'));
    expect(rows).toHaveLength(29);
    for (const row of rows.slice(1)) for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r](?!\d)/);
  });
  test('every record has as many cells as the header, whatever the names hold', async () => {
    const rows = records(await reportText(hostileReport(HOSTILE), 'csv'));
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });
});

describe('summary.md', () => {
  test('verdict counts come before any number, and an invalid number does not come at all', async () => {
    const text = await reportText(sampleReport(), 'md');
    expect(text.indexOf('| ok | invalid |')).toBeLessThan(text.indexOf('\u202fms'));
    const invalid = [...sampleReport().results()].filter((result) => result.verdict.status === 'invalid');
    expect(invalid).toHaveLength(2);
    expect(text.split('### Results')[1]).not.toContain('webgpu');
  });
  test('hostile names add no row, no markup, no mention', async () => {
    const text = await reportText(hostileReport(HOSTILE), 'md');
    const outside = text.replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '');
    expect(outside.match(/<(?!\/?(?:details|summary)>).{9}|@\w|:\/\//g)).toBeNull();
    expect(outside.split('\n').filter((line) => line.startsWith('| ') && line.includes('| ok |')).length).toBeLessThanOrEqual(1);
    for (const line of outside.split('\n').filter((line) => line.startsWith('| '))) expect(line.replace(/\\\|/g, '').match(/\|/g)?.length).toBeLessThanOrEqual(8);
  });
  test('stays inside what a comment may hold, and says what it left out', async () => {
    for (const report of [manyResults(3_000), hostileReport(HOSTILE.repeat(50))]) {
      const text = await reportText(report, 'md');
      expect(Buffer.byteLength(text)).toBeLessThan(62_000);
    }
    expect(await reportText(manyResults(3_000), 'md')).toMatch(/[\d,]+ more lines are left out here; results\.csv and report\.html have all of them/);
  });
});

describe('junit.xml', () => {
  test('counts agree with what follows', async () => {
    const text = await reportText(sampleReport(), 'junit');
    expect(text).toContain('tests="28" failures="2" errors="1" skipped="2"');
    expect([text.match(/<testcase /g), text.match(/<failure /g), text.match(/<error /g), text.match(/<skipped /g)].map((found) => found?.length)).toEqual([28, 2, 1, 2]);
  });
  test('hostile names leave no tag of theirs and no forbidden character', async () => {
    const text = await reportText(hostileReport(HOSTILE), 'junit');
    expect(new Set(Array.from(text.matchAll(/<[/?]?(\w+)/g), ([, name]) => name))).toEqual(new Set(['error', 'failure', 'properties', 'property', 'skipped', 'system', 'testcase', 'testsuite', 'testsuites', 'xml']));
    // oxlint-disable-next-line no-control-regex -- the test is about control characters
    expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    expect(text.isWellFormed()).toBe(true);
  });
});
