import { expect, onTestFinished, test, vi } from 'vitest';
import { finalizeRun } from '../../src/farm/finalize.ts';
import type { NotBack, Unit } from '../../src/farm/unit.ts';
import { HarnessMissing } from '../../src/harness/harness-missing.ts';
import { TransportFault } from '../../src/transport/transport-fault.ts';
import { RUN_ID, SimulatedRun } from './simulated-run.ts';
import { simulatedUnit } from './simulated-unit.ts';

const SHORT = { launches: 2, seconds: 0.1 };
const fast = (): number => 5;
const PHONES = ['a', 'b', 'c'];

function slots(run: SimulatedRun): string[] {
  return run.store.attemptEntries(RUN_ID).filter((entry) => entry.status === 'ok').map((entry) => `${entry.subject} ${entry.block}`);
}

const resultsOf = (run: SimulatedRun, left: ReadonlyMap<string, { code: string; message: string }> = new Map()) => {
  finalizeRun(run.store, RUN_ID, (key) => left.get(key) ?? null);
  return [...run.store.results(RUN_ID)];
};

test('all devices measure at once, one launch at a time on each, and no launch is lost or made twice', async () => {
  const units = ['x', ...PHONES].map((id) => simulatedUnit({ id, loadMs: fast }));
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [], 'pool:phones': PHONES }, models: 6 }, units);
  await run.run();
  const made = slots(run);
  expect(made).toHaveLength(2 * 6 * 2);
  expect(new Set(made).size).toBe(made.length);
  for (const unit of units) expect(unit.mostAtOnce).toBe(1);
  // A case stays with its unit, and the row says which it was.
  for (const result of resultsOf(run)) {
    expect(result.verdict.status, JSON.stringify(result.verdict)).toBe('ok');
    expect(new Set(result.launches.map((launch) => launch.unit))).toEqual(new Set([result.unit]));
  }
  const entries = run.store.attemptEntries(RUN_ID).filter((entry) => entry.subject.includes('pool:phones'));
  expect(new Set(entries.map((entry) => entry.unit)).size).toBeGreaterThan(1);
});

test('cases of a pool go home to the unit that they were with in an earlier run', async () => {
  const make = () => PHONES.map((id) => simulatedUnit({ id, loadMs: fast }));
  using run = await SimulatedRun.make({ ...SHORT, devices: { 'pool:phones': PHONES }, models: 5 }, make());
  for (let model = 0; model < 5; model++) run.store.setHome(`simulated/pool:phones/m${model}`, model < 4 ? 'c' : 'gone for good');
  await run.run();
  const unitOf = new Map(run.store.attemptEntries(RUN_ID).map((entry) => [entry.subject.slice(0, 2), entry.unit]));
  expect([...unitOf].filter(([model]) => model !== 'm4').map(([, unit]) => unit)).toEqual(['c', 'c', 'c', 'c']);
  expect(run.store.homeOf('simulated/pool:phones/m4')).toBe(unitOf.get('m4'));
});

test('a device that is lost and comes back makes the launch again; the loss is kept, and no fault of the case', async () => {
  const unit = simulatedUnit({ id: 'x', loadMs: fast, fate: (launch) => (launch === 2 ? 'lost' : null) });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [] }, models: 2 }, [unit]);
  await run.run();
  expect(slots(run)).toHaveLength(4);
  const lost = run.store.attemptEntries(RUN_ID).filter((entry) => entry.status === 'failed');
  expect(lost).toHaveLength(1);
  expect(resultsOf(run).map((result) => result.verdict.status)).toEqual(['ok', 'ok']);
});

test('a device that does not come back is set aside: its pool takes over, what named it alone is skipped with the reason', async () => {
  const units = [
    simulatedUnit({ id: 'a', loadMs: fast, fate: (launch) => (launch > 2 ? 'lost' : null), recover: () => ({ kind: 'lost', message: 'it is still unplugged' }) }),
    simulatedUnit({ id: 'b', loadMs: fast }),
  ];
  using run = await SimulatedRun.make({ ...SHORT, devices: { a: [], 'pool:phones': ['a', 'b'] }, models: 3 }, units);
  for (const model of ['m0', 'm1', 'm2']) run.store.setHome(`simulated/pool:phones/${model}`, 'a');
  const left = await run.run();
  const results = resultsOf(run, left);
  expect(run.store.devicesSetAside()).toEqual([{ device: 'a', reason: expect.stringContaining('still unplugged'), since: expect.any(String), until: expect.any(String) }]);
  for (const result of results.filter((row) => row.case.device === 'pool:phones')) {
    expect(result.verdict.status).toBe('ok');
    expect(result.unit).toBe('b');
  }
  const own = results.filter((row) => row.case.device === 'a');
  expect(own.map((row) => row.verdict.status)).toContain('skipped');
  expect(own.find((row) => row.verdict.status === 'skipped')?.verdict.reasons[0]).toMatchObject({ code: 'device-set-aside', message: expect.stringContaining('still unplugged') });
});

test('a device that another Paddock keeps leaves the run and is not set aside', async () => {
  const taken = simulatedUnit({ id: 'x', loadMs: fast, confirm: () => 'paddock on another host', recover: () => ({ kind: 'in-use', message: 'it is in use by paddock on another host' }) });
  const contested = simulatedUnit({ id: 'y', loadMs: fast, confirm: () => 'paddock on another host' });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [], y: [] }, models: 4 }, [taken, contested]);
  const left = await run.run();
  expect(run.store.devicesSetAside()).toEqual([]);
  const codes = [...left.values()].map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(4);
  expect(new Set(codes)).toEqual(new Set(['device-in-use']));
});

test('a device that is lost again and again is set aside though it comes back each time', async () => {
  const unit = simulatedUnit({ id: 'x', loadMs: fast, fate: (launch) => (launch > 0 ? 'lost' : null) });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [] }, models: 4 }, [unit]);
  await run.run();
  expect(run.store.devicesSetAside()[0]?.reason).toContain('3 times in a row');
  expect(unit.launches).toBe(1 + 3);
});

/** Fails in some of its tries to bring a harness there. */
function clumsy(id: string, faults: readonly (Error | null)[], recover?: () => NotBack | null): { readonly unit: Unit; readonly tries: () => number } {
  let tries = 0;
  const unit = simulatedUnit({ id, loadMs: fast, ...(recover === undefined ? {} : { recover }) });
  const harness: Unit['harness'] = async (runtime, signal) => {
    const fault = faults[tries++];
    if (fault !== undefined && fault !== null) throw fault;
    return unit.harness(runtime, signal);
  };
  return { unit: { id: unit.id, lockId: unit.lockId, device: unit.device, harness, confirm: (signal) => unit.confirm(signal), recover: (signal) => unit.recover(signal) }, tries: () => tries };
}

const cable = (): Error => new TransportFault('lost', 'x', 'the cable is out');
const corrupt = (): Error => new TransportFault('corrupt', 'x', 'it has another sha256');

test('a device that is lost, or takes a spoiled file, before the campaign is tried as often as in it', async () => {
  let recovered = 0;
  const back = (): null => { recovered++; return null; };
  const touched = clumsy('x', [cable(), corrupt()], back);
  const spoiled = clumsy('y', [corrupt(), corrupt()]);
  const cut = clumsy('z', [cable(), cable(), cable()], back);
  const away = clumsy('w', [cable()], () => ({ kind: 'lost', message: 'it is still unplugged' }));
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [], y: [], z: [], w: [] }, models: 1 }, [touched.unit, spoiled.unit, cut.unit, away.unit]);
  expect(recovered).toBe(1 + 2);
  expect([touched, spoiled, cut, away].map(({ tries }) => tries())).toEqual([3, 2, 3, 1]);
  expect(run.cases.map(({ case: { device }, verdict }) => [device, verdict?.status ?? 'planned', verdict?.reasons[0]?.code ?? ''])).toEqual([
    ['x', 'planned', ''], ['y', 'failed', 'transport-corrupt'], ['z', 'skipped', 'device-lost'], ['w', 'skipped', 'device-lost'],
  ]);
  expect(run.cases[3]?.verdict?.reasons[0]?.message).toContain('it did not come back: it is still unplugged');
});

test('a file that is spoiled once while the harness is brought again sets no device aside, nor does what this host lacks', async () => {
  const once = clumsy('x', [null, corrupt()]);
  const twice = clumsy('y', [null, corrupt(), corrupt()]);
  const host = clumsy('z', [null, new HarnessMissing('the native harness is not built')]);
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [], y: [], z: [] }, models: 1 }, [once.unit, twice.unit, host.unit]);
  const left = await run.run();
  expect(run.store.devicesSetAside().map(({ device }) => device)).toEqual(['y']);
  expect(Object.fromEntries([...left].map(([key, { code }]) => [/([xyz])\?/.exec(key)?.[1], code]))).toEqual({ y: 'device-set-aside', z: 'harness-missing' });
});

test('a clock that is set back in the middle of a launch is not in what the launch took', async () => {
  const real = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: real });
  onTestFinished(() => { vi.useRealTimers(); });
  const unit = simulatedUnit({ id: 'x', loadMs: fast, fate: () => { vi.setSystemTime(real - 3_600_000); return null; } });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [] }, models: 1 }, [unit]);
  vi.setSystemTime(real);
  await run.run();
  const took = [...run.store.attempts(RUN_ID)].map(({ startedAt, endedAt }) => Date.parse(endedAt) - Date.parse(startedAt));
  expect(took).toHaveLength(2);
  expect(Math.min(...took)).toBeGreaterThan(0);
});

test('a crash is tried once more, then it is the case\'s', async () => {
  const unit = simulatedUnit({ id: 'x', loadMs: fast, fate: (launch) => (launch === 1 || launch > 3 ? 'crash' : null) });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [] }, models: 1 }, [unit]);
  await run.run();
  expect(run.store.attemptEntries(RUN_ID).map(({ block, attempt, status }) => `${block}.${attempt} ${status}`)).toEqual(['0.0 failed', '0.1 ok', '1.0 ok']);
});

test('a launch during which somebody else took the device does not count', async () => {
  let calls = 0;
  const unit = simulatedUnit({ id: 'x', loadMs: fast, confirm: () => (calls++ === 0 ? 'paddock on another host' : null) });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [] }, models: 1 }, [unit]);
  await run.run();
  expect(run.store.attemptEntries(RUN_ID).map(({ block, attempt, status }) => `${block}.${attempt} ${status}`)).toEqual(['0.0 failed', '0.1 ok', '1.0 ok']);
});

test('interrupted and gone on with, each launch is there once', async () => {
  const make = () => PHONES.map((id) => simulatedUnit({ id, loadMs: fast }));
  using run = await SimulatedRun.make({ ...SHORT, devices: { 'pool:phones': PHONES }, models: 8 }, make());
  const stop = new AbortController();
  const stopped = run.run(make(), stop.signal);
  setTimeout(() => stop.abort(new Error('Ctrl-C')), 300);
  await expect(stopped).rejects.toThrow('Ctrl-C');
  const before = run.store.attemptEntries(RUN_ID).length;
  expect(before).toBeLessThan(16);
  const units = new Map(run.store.attemptEntries(RUN_ID).map((entry) => [entry.subject, entry.unit]));
  await run.run(make());
  expect(new Set(slots(run)).size).toBe(16);
  expect(slots(run)).toHaveLength(16);
  // What was begun on a unit is ended there.
  for (const [subject, unit] of units) expect(run.store.attemptEntries(RUN_ID).filter((entry) => entry.subject === subject).every((entry) => entry.unit === unit)).toBe(true);
});

test('a fault of one unit\'s program ends the others too', async () => {
  const broken = { ...simulatedUnit({ id: 'b', loadMs: fast }), harness: () => Promise.resolve({ argv: ['x'], sha256: 'x' }), confirm: () => Promise.reject(new Error('a bug')) };
  const units = [simulatedUnit({ id: 'a', loadMs: fast }), broken];
  using run = await SimulatedRun.make({ ...SHORT, devices: { a: [], b: [] }, models: 30 }, units);
  await expect(run.run()).rejects.toThrow('a bug');
  expect(slots(run).length).toBeLessThan(30);
});

test('devices that take turns on one machine wait in nobody\'s time: each has its share of the budget, and no wait is told', async () => {
  // Each has three launches of about 0.7 s, and 12 s for them, more than this process ever stands still; it is asked whether there is time for the third one after 14 s.
  const ids = Array.from('abcdefghij');
  using run = await SimulatedRun.make({ launches: 3, seconds: 0.1, devices: Object.fromEntries(ids.map((id) => [id, []])), models: 1, budgetMinutes: 2 }, ids.map((id) => simulatedUnit({ id, lockId: 'one machine', loadMs: () => 500 })));
  await run.run();
  expect(slots(run)).toHaveLength(30);
  expect(run.events.filter((event) => event.kind === 'wait' || event.kind === 'out-of-budget')).toEqual([]);
});

test('what a budget leaves out is told with its cases, each device for its own', async () => {
  // No launch of b would end in time; a loads at once.
  const units = [simulatedUnit({ id: 'a', loadMs: fast }), simulatedUnit({ id: 'b', loadMs: () => 5000 })];
  using run = await SimulatedRun.make({ launches: 4, seconds: 0.1, devices: { a: [], b: [] }, models: 1, budgetMinutes: 0.2 }, units);
  await run.run();
  const told = run.events.flatMap((event) => (event.kind === 'out-of-budget' ? [event] : []));
  expect(told.map(({ device, cases }) => ({ device, cases }))).toEqual([{ device: 'b', cases: [run.cases.find((planned) => planned.case.device === 'b')?.key] }]);
});

test('a case that turns out to be on a software GPU is invalid for that, and costs no more launches', async () => {
  const unit = simulatedUnit({ id: 'x', loadMs: fast, softwareGpu: 'SwiftShader' });
  using run = await SimulatedRun.make({ ...SHORT, devices: { x: [] }, models: 2 }, [unit]);
  await run.run();
  expect(resultsOf(run).map(({ verdict }) => [verdict.status, ...verdict.reasons.map(({ code }) => code)])).toEqual([['invalid', 'software-gpu'], ['invalid', 'software-gpu']]);
  expect(run.store.attemptEntries(RUN_ID)).toHaveLength(2);
});
