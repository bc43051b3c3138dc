import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseLoad1 } from '../../src/parse/loadavg.ts';
import { parseMeminfo } from '../../src/parse/meminfo.ts';
import { parsePressure } from '../../src/parse/pressure.ts';
import { cpuShares, parseProcStat } from '../../src/parse/proc-stat.ts';

const GARBAGE = ['', '\n', 'cpu', 'cpu  a b c d e f g h', '0.1', 'some avg10=x total=1', 'some avg10=-3.00 total=1', 'some avg10=130.00 total=1', 'MemTotal: many kB', '\0\0', '-22', '{}'];

test.each(GARBAGE)('garbage %j is absent, never 0', (text) => {
  expect(parseProcStat(text)).toBeNull();
  expect(parseLoad1(text)).toBeNull();
  expect(parsePressure(text)).toBeNull();
  expect(parseMeminfo(text)).toEqual({});
});

test('busy, stolen and idle time of all cores; guest time is not counted twice', () => {
  const times = parseProcStat('cpu  100 20 30 400 50 6 7 8 90 9\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\nctxt 9\n');
  expect(times).toEqual({ busy: 163, steal: 8, idle: 450 });
});

test('shares between two readings', () => {
  const before = { busy: 100, steal: 10, idle: 1000 };
  expect(cpuShares(before, { busy: 150, steal: 20, idle: 1040 })).toEqual({ busy: 0.5, steal: 0.1 });
  expect(cpuShares(before, before)).toBeNull();
  expect(cpuShares(before, { busy: 150, steal: 20, idle: 990 })).toBeNull();
});

test('load and pressure', () => {
  expect(parseLoad1('0.52 0.58 0.59 2/345 6789\n')).toBe(0.52);
  expect(parsePressure('some avg10=12.50 avg60=1.00 avg300=0.25 total=123456\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=9\n')).toEqual({ avg10: 0.125, totalUs: 123456 });
  expect(parsePressure('full avg10=1.00 avg60=0.00 avg300=0.00 total=9\n')).toBeNull();
});

test('memory in MiB; unknown lines, lines without a unit and leading spaces', () => {
  expect(parseMeminfo('MemTotal:        2048000 kB\n  MemAvailable:    1024000 kB\nHugePages_Total:       4\nSwapTotal: 5 kB\n')).toEqual({ totalMiB: 2000, availableMiB: 1000 });
});

test.runIf(process.platform === 'linux')('what this machine says is read', () => {
  const read = (name: string): string => readFileSync(`/proc/${name}`, 'utf8');
  expect(parseProcStat(read('stat'))?.busy).toBeGreaterThan(0);
  expect(parseLoad1(read('loadavg'))).toBeGreaterThanOrEqual(0);
  expect(parseMeminfo(read('meminfo')).totalMiB).toBeGreaterThan(100);
});
