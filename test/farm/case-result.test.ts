import { expect, test } from 'vitest';
import type { Verdict, VerdictStatus } from '../../src/domain/verdict.ts';
import { buildCaseResult } from '../../src/farm/case-result.ts';
import { attempt, evidence, launchRecord, VERIFIED } from './case-evidence.ts';

const bad = (status: VerdictStatus, code: string): { status: VerdictStatus; reasons: { code: string; message: string }[] } => ({ status, reasons: [{ code, message: code }] });
const three = [1, 1.01, 0.99].map((ms, block) => attempt(block, launchRecord(ms)));

test('the launch is the replicate: value and interval come from the launch medians', () => {
  const { verdict, metrics } = buildCaseResult(evidence(three));
  expect(verdict.status).toBe('ok');
  const { latency_p50: p50 } = metrics;
  expect(p50?.n).toBe(3);
  expect(p50?.value).toBeCloseTo(Math.cbrt(1 * 1.01 * 0.99), 9);
  // t interval on the logs, 2 degrees of freedom: 4.3027.
  const logs = [1, 1.01, 0.99].map(Math.log);
  const centre = logs.reduce((sum, x) => sum + x, 0) / 3;
  const sd = Math.sqrt(logs.reduce((sum, x) => sum + (x - centre) ** 2, 0) / 2);
  expect(p50?.high).toBeCloseTo(Math.exp(centre + (4.302653 * sd) / Math.sqrt(3)), 6);
  expect(metrics['peak_memory']).toMatchObject({ value: expect.closeTo(20, 6), unit: 'MiB' });
  expect(metrics['peak_memory_raw']).toMatchObject({ value: expect.closeTo(30, 6) });
  expect(metrics['model_size']).toMatchObject({ value: 1, unit: 'MiB' });
});

test('the fastest third of the launches tells what the model takes undisturbed, from six launches on', () => {
  const sixth = [1.3, 1.02, 1.4, 1, 1.35, 1.5].map((ms, block) => attempt(block, launchRecord(ms)));
  expect(buildCaseResult(evidence(sixth)).metrics.latency_undisturbed).toMatchObject({ value: expect.closeTo(0.95 * Math.sqrt(1.02), 9), low: null, high: null, n: 6, method: expect.stringContaining('fastest 2 of 6 launches') });
  expect(buildCaseResult(evidence(sixth.slice(1))).metrics.latency_undisturbed).toBeUndefined();
  const { p10: _p10, ...none } = launchRecord(1).quantiles;
  const silent = [6, 7, 8].map((block) => attempt(block, launchRecord(1, { quantiles: none })));
  expect(buildCaseResult(evidence([...sixth, ...silent])).metrics.latency_undisturbed).toMatchObject({ n: 9, method: expect.stringContaining('fastest 3 of 9') });
  expect(buildCaseResult(evidence([0, 1, 2, 3, 4, 5].map((block) => attempt(block, launchRecord(1, { quantiles: block === 0 ? launchRecord(1).quantiles : none }))))).metrics.latency_undisturbed).toBeUndefined();
});

test('two launches have a value and no interval', () => {
  expect(buildCaseResult(evidence(three.slice(0, 2))).metrics['latency_p50']).toMatchObject({ n: 2, low: null, high: null });
});

test('what was not measured is absent with a reason, never 0', () => {
  const partial = [attempt(0, launchRecord(1)), attempt(1, launchRecord(1, { quantiles: { ...launchRecord(1).quantiles, p99: null }, memory: null }))];
  const { metrics, absent } = buildCaseResult(evidence(partial));
  expect(metrics['latency_p99']).toBeUndefined();
  expect(absent['latency_p99']).toMatch(/too few effective samples beyond p99/);
  expect(metrics['peak_memory']).toBeUndefined();
  expect(absent['peak_memory']).toMatch(/can not read its memory/);
  expect(absent['energy_per_inference']).toBe('no RAPL');
  expect(metrics['latency_p50']).toBeDefined();
});

test.each<[name: string, planned: Verdict | null, verification: VerdictStatus, launches: readonly VerdictStatus[], whole: VerdictStatus]>([
  ['all good', null, 'ok', ['ok', 'ok', 'ok'], 'ok'],
  ['one invalid launch', null, 'ok', ['ok', 'invalid', 'ok'], 'invalid'],
  ['one failed launch', null, 'ok', ['ok', 'failed', 'ok'], 'failed'],
  ['a failed launch outweighs an invalid check', null, 'invalid', ['ok', 'failed'], 'failed'],
  ['wrong outputs', null, 'invalid', ['ok', 'ok', 'ok'], 'invalid'],
  ['a failed check, and so no launch', null, 'failed', [], 'failed'],
  ['unsupported by plan', bad('unsupported', 'p'), 'ok', [], 'unsupported'],
  ['a good check and no launch', null, 'ok', [], 'skipped'],
])('%s: %s', (_, planned, verification, launches, whole) => {
  const base = evidence(launches.map((status, block) => attempt(block, launchRecord(1, { verdict: status === 'ok' ? { status, reasons: [] } : bad(status, `l${block}`) }))));
  const result = buildCaseResult({ ...base, planned: { ...base.planned, verdict: planned }, verification: planned === null ? { ...VERIFIED, verdict: verification === 'ok' ? VERIFIED.verdict : bad(verification, 'check') } : null });
  expect(result.verdict.status).toBe(whole);
  expect(result.verdict.reasons.length > 0).toBe(whole !== 'ok');
});

test('a crash that the second attempt made good counts no more, but is kept', () => {
  const crashed = launchRecord(1, { verdict: bad('failed', 'crash'), quantiles: { p50: null, p90: null, p99: null }, meanNs: null, sps: null });
  const result = buildCaseResult(evidence([attempt(0, crashed), attempt(0, launchRecord(2), 1)]));
  expect(result.verdict.status).toBe('ok');
  expect(result.metrics['latency_p50']?.value).toBeCloseTo(2, 9);
  expect(result.launches.map((launch) => launch.status.status)).toEqual(['failed', 'ok']);
});

test('a failed launch adds nothing to the numbers', () => {
  const failed = launchRecord(100, { verdict: bad('failed', 'crash') });
  expect(buildCaseResult(evidence([...three, attempt(3, failed)])).metrics['latency_p50']?.n).toBe(3);
});

test('early stopping: the worst launch\'s bound stands for the percentile; too few queries make the case invalid', () => {
  const stopped = (estimateNs: number | null) => launchRecord(1, { earlyStopping: { percentile: 0.9, estimateNs, queries: 64, required: 64 } });
  const good = buildCaseResult(evidence([stopped(2e6), stopped(3e6)].map((record, block) => attempt(block, record))));
  expect(good.metrics['latency_p90']).toMatchObject({ value: 3, low: null, high: null, method: expect.stringContaining('early-stopping') });
  expect(good.verdict.status).toBe('ok');
  const short = buildCaseResult(evidence([stopped(2e6), stopped(null)].map((record, block) => attempt(block, record))));
  expect(short.verdict).toMatchObject({ status: 'invalid', reasons: [{ code: 'early-stopping' }] });
});

test('cut short by the budget: a warning with launches, `skipped` without', () => {
  const shortOfLaunches = { code: 'budget', message: 'used up' };
  expect(buildCaseResult(evidence(three.slice(0, 1), { shortOfLaunches })).warnings).toContainEqual(shortOfLaunches);
  expect(buildCaseResult(evidence([], { shortOfLaunches })).verdict).toEqual({ status: 'skipped', reasons: [shortOfLaunches] });
  expect(buildCaseResult(evidence(three, { shortOfLaunches })).warnings).toEqual([]);
});

test('energy that one of the launches lacks is absent with that launch\'s reason', () => {
  const energy = { sensor: 'odpm', covers: 'rails', idleWatts: 1, meanWatts: 3, totalJoules: 9, netJoules: 6, inferences: 100, readings: 15 };
  const launches = [attempt(0, launchRecord(10, { energy, energyAbsent: null })), attempt(1, launchRecord(10, { energy: null, energyAbsent: 'odpm: the sensor was silent' }))];
  expect(buildCaseResult(evidence(launches)).absent['energy_per_inference']).toBe('odpm: the sensor was silent');
  expect(buildCaseResult(evidence([attempt(0, launchRecord(10, { energy: { ...energy, alignment: { offsetNs: -1e15, withinNs: 11_500_000 } }, energyAbsent: null }))])).metrics['energy_per_inference']).toMatchObject({ value: expect.closeTo(60), unit: 'mJ', method: expect.stringMatching(/^odpm \(its clock by the step of the load, to ±12 ms\), trapezoid, less idle/) });
});

test('a percentile that only the early-stopping bound gives is there, and not said to be absent', () => {
  const record = launchRecord(1, { quantiles: { ...launchRecord(1).quantiles, p99: null }, earlyStopping: { percentile: 0.99, estimateNs: 3e6, queries: 700, required: 662 } });
  const { metrics, absent } = buildCaseResult(evidence([0, 1, 2].map((block) => attempt(block, record))));
  expect(metrics['latency_p99']).toMatchObject({ value: 3 });
  expect(Object.keys(absent)).not.toContain('latency_p99');
});

test('a warning of the conditions tells the worst of all launches, not of the first', () => {
  const pressed = (share: number) => launchRecord(1, {
    conditions: [{ timeNs: 0, cpuPressure: share }, { timeNs: 1e9, cpuPressure: share }], warnings: [{ code: 'cpu-pressure', message: `tasks waited for a processor ${100 * share} % of the time at worst` }],
  });
  const { warnings } = buildCaseResult(evidence([0.2, 0.6, 0.3].map((share, block) => attempt(block, pressed(share)))));
  expect(warnings).toMatchObject([{ code: 'cpu-pressure', message: expect.stringContaining('60 % of the time at worst') }]);
});

test('a software GPU has one status, whether launches were made or not; what ran on hardware before keeps its numbers', () => {
  const software = { ...VERIFIED, verdict: bad('invalid', 'software-gpu') };
  const unlaunched = buildCaseResult(evidence([], { unit: null, verification: software, shortOfLaunches: { code: 'budget', message: 'no time' } }));
  expect(unlaunched.verdict).toEqual(bad('invalid', 'software-gpu'));
  const fell = launchRecord(9, { verdict: bad('invalid', 'software-gpu'), quantiles: { p50: null, p90: null, p99: null }, batches: [] });
  const late = buildCaseResult(evidence([...three, attempt(3, fell)]));
  expect(late.verdict.status).toBe('invalid');
  expect(late.metrics.latency_p50?.n).toBe(3);
});

test('a median that is absent is not called a tail', () => {
  const none = { p50: null, p90: null, p99: null };
  const { absent } = buildCaseResult(evidence([attempt(0, launchRecord(1, { quantiles: none, batches: [{ startNs: 0, durationNs: 1e9, offset: 0, count: 2, groupSize: 16 }] }))]));
  expect(absent['latency_p50']).toMatch(/too few latencies/);
  expect(absent['latency_p50']).not.toMatch(/tail/);
  expect(absent['latency_p90']).toMatch(/tail/);
});
