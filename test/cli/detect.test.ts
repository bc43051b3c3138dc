import { afterAll, beforeAll, expect, test } from 'vitest';
import { corpus } from '../bench/corpus.ts';
import { Place } from './paddock.ts';

let place: Place;
beforeAll(() => { place = new Place(); });
afterAll(() => { place[Symbol.dispose](); });

const some = corpus('main', 5).slice(180, 230);
const wide = `name,${Array.from({ length: 365 }, (_, t) => `t${t}`).join(',')}\n${some.map(({ id, values }) => `${id},${values.join(',')}`).join('\n')}\n`;

interface Output {
  readonly series: readonly { readonly name: string; readonly changes: readonly { readonly index: number; readonly earliest: number; readonly latest: number; readonly ratio: number; readonly p: number; readonly date?: string }[]; readonly notJudged?: string }[];
}

test('one row a series: changes as JSON, with names in the order of the file', async () => {
  const { code, stdout, stderr } = await place.call(['detect', place.write('wide.csv', wide), '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { series } = JSON.parse(stdout) as Output;
  expect(series.map(({ name }) => name)).toEqual(some.map(({ id }) => id));
  for (const [i, { tau, sign }] of some.entries()) {
    const changes = series[i]?.changes ?? [];
    expect(changes).toHaveLength(tau === null ? 0 : 1);
    if (tau === null) continue;
    expect(Math.abs((changes[0]?.index ?? 0) - tau)).toBeLessThanOrEqual(10);
    expect((changes[0]?.ratio ?? 1) > 1).toBe(sign > 0);
    expect(Object.keys(changes[0] ?? {})).toEqual(['index', 'earliest', 'latest', 'ratio', 'p']);
  }
});

test('one point a line gives the same changes, by index or by date, whatever the order of the lines', async () => {
  const [first] = some;
  const values = [...(first?.values ?? [])];
  const reference = JSON.parse((await place.call(['detect', place.write('one.csv', `a,${values.join(',')}`), '--json'])).stdout) as Output;
  const index = `name,index,value\n${values.map((value, t) => `a,${t + 1000},${value}`).toReversed().join('\n')}`;
  const byIndex = JSON.parse((await place.call(['detect', place.write('index.csv', index), '--json'])).stdout) as Output;
  const date = (t: number): string => new Date(Date.UTC(2024, 1, 28 + t)).toISOString().slice(0, 10);
  const byDate = JSON.parse((await place.call(['detect', place.write('date.csv', `name,date,value\r\n${values.map((value, t) => `"a",${date(t)},${value}`).join('\r\n')}\r\n`), '--json'])).stdout) as Output;
  const at = reference.series[0]?.changes[0]?.index ?? Number.NaN;
  expect(byIndex.series[0]?.changes[0]?.index).toBe(at + 1000);
  expect(byDate.series[0]?.changes[0]).toMatchObject({ index: at, date: date(at) });
});

test('the table for people names the series, the night and the change', async () => {
  const { stdout, code } = await place.call(['detect', place.write('table.csv', wide)]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^series +since +within/);
  expect(stdout).toContain(some[0]?.id);
  expect(stdout).toMatch(/20 changes in 20 of 50 series\n$/);
});

test('a series that can not be judged is named with its line, the others are judged', async () => {
  const row = [...(some[0]?.values ?? [])].join(',');
  const { stdout, stderr, code } = await place.call(['detect', place.write('mixed.csv', `good,${row}\nshort,1,2,3\nzeros,${'0,'.repeat(30)}0\nholes,,0,${row},NaN\n`), '--json']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/mixed\.csv:2: the series "short" is not judged: it has 3 values/);
  expect(stderr).toMatch(/mixed\.csv:3: the series "zeros" is not judged: it has 0 values that a ratio can be made of \(value 0, from 0, is 0\)/);
  const { series } = JSON.parse(stdout) as Output;
  expect(series.map(({ notJudged }) => notJudged === undefined)).toEqual([true, false, false, true]);
  const [plain, shifted] = [series[0]?.changes[0], series[3]?.changes[0]];
  for (const place of ['earliest', 'index', 'latest'] as const) expect(shifted?.[place]).toBe((plain?.[place] ?? 0) + 2);
});

test('columns before the values can be passed over, and the options reach the detector', async () => {
  const path = place.write('labels.csv', `id,tau,sign,${Array.from({ length: 365 }, (_, t) => `t${t}`).join(',')}\n${some.map(({ id, tau, sign, values }) => `${id},${tau ?? ''},${sign},${values.join(',')}`).join('\n')}`);
  const count = async (...args: string[]): Promise<number> => (JSON.parse((await place.call(['detect', path, '--values-from', '4', '--json', ...args])).stdout) as Output).series.flatMap(({ changes }) => changes).length;
  expect(await count()).toBe(20);
  expect(await count('--min-effect', '0.2')).toBe(0);
  expect(await count('--fdr', '0.000000000000000000000000000001')).toBeLessThan(20);
});

test.each([
  ['a,1,2,x\nb,1,2,3', /faulty\.csv:1: column 4 holds "x"/],
  ['device,mon,tue\nb,1,--', /faulty\.csv:2: column 3 holds "--"/],
  ['a,1,2\na,1,2', /faulty\.csv:2: the series "a" is there already, on line 1/],
  ['a,1,2\n"b,1,2\n\n', /faulty\.csv:2: a quote opens here/],
  ['"two\nlines",1\n,2', /faulty\.csv:3: the first column, the name of the series, is empty/],
  ['name,index,value\na,1,2\na,1,3', /faulty\.csv:3: the series "a" has a value for 1 already/],
  ['name,index,value\na,-1,2', /faulty\.csv:2: the index "-1" is not a whole number/],
  ['name,date,value\na,2025-02-31,2', /faulty\.csv:2: the date "2025-02-31"/],
  ['name,index,value\na,0,2\na,900000000,2', /faulty\.csv:3: the points span more than/],
  ['name,index,value\na,1', /faulty\.csv:2: this row has 2 columns/],
  ['name,t0\na,1,2', /faulty\.csv:2: this row has 3 columns, the header 2/],
  ['name,t0,t1\n', /faulty\.csv:1: the table has a header and no series/],
  ['', /faulty\.csv:1: the table is empty/],
  ['a,1,1e999', /faulty\.csv:1: column 3 holds "1e999"/],
  ['a,1,2,3', /none of its 1 series can be judged/],
  [new Uint8Array([0x61, 0x2c, 0xff]), /faulty\.csv:1: the file is not UTF-8/],
] as const)('a faulty table ends with 2 and the place: %j', async (content, message) => {
  const { code, stderr, stdout } = await place.call(['detect', place.write('faulty.csv', content), '--json']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('a file that is not there, and a folder', async () => {
  expect(await place.call(['detect', 'nothing.csv'])).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no file nothing.csv') });
  expect(await place.call(['detect', place.folder])).toMatchObject({ code: 2, stderr: expect.stringContaining('is a folder') });
});
