import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Bench, type Sleep } from '../../harness-apps/web/batch.ts';
import type { LoadedModel } from '../../harness-apps/web/runtime.ts';

const RESOLUTION_NS = 5000;
let trueNs = 0;
/** The page's clock, in steps; each reading takes a moment. */
beforeEach(() => { trueNs = 0; vi.spyOn(performance, 'now').mockImplementation(() => { trueNs += 500; return (Math.floor(trueNs / RESOLUTION_NS) * RESOLUTION_NS) / 1e6; }); });
afterEach(() => { vi.restoreAllMocks(); });

/** A model whose call takes what is told of it, by the number of calls before. */
class TimedModel implements LoadedModel {
  readonly initNs = 0;
  readonly softwareGpu = null;
  readonly threads = 1;
  readonly inputs = [];
  readonly outputs = [];
  readonly #takesNs: (calls: number) => number;
  calls = 0;

  constructor(takesNs: (calls: number) => number) {
    this.#takesNs = takesNs;
  }

  prepare(): void {}
  begin(): void {}
  settle(): void {}
  call(): Promise<void> {
    trueNs += this.#takesNs(this.calls++);
    return Promise.resolve();
  }

  infer(): Promise<[]> { return Promise.resolve([]); }
  placement(): Promise<never> { return Promise.reject(new Error('not asked')); }
  release(): Promise<void> { return Promise.resolve(); }
}

/** Wakes up so late. */
const lateBy = (lateNs: number): Sleep => ({ spinNs: 6e6, pause: (ms) => { trueNs += ms * 1e6 + 6e6 + lateNs; return Promise.resolve(); } });
const benchOf = (model: LoadedModel, sleep = lateBy(-1e6)): Bench => new Bench(model, { samples: 1, resolutionNs: RESOLUTION_NS, sleep });
const once = { count: 1, durationNs: 0, callsPerQuery: 1 };
const burst = { count: 20_000, durationNs: 3e8, callsPerQuery: 1 };

describe('the size of a group of short calls', () => {
  test('is found warm and kept: every batch of a launch has the same, and its median latency is the call', async () => {
    // The first call is slow, the next some hundred are.
    const bench = benchOf(new TimedModel((calls) => (calls === 0 ? 3e6 : calls < 300 ? 60_000 : 15_000)));
    expect(await bench.closedLoop(once, { first: true })).toMatchObject({ groupSize: 1 });
    const batches = [];
    for (let i = 0; i < 6; i++) batches.push(await bench.closedLoop(burst, { first: false }));
    expect(new Set(batches.map(({ groupSize }) => groupSize)).size).toBe(1);
    for (const { latenciesNs, groupSize } of batches) {
      expect(latenciesNs.medianNs()).toBeGreaterThan(14_700);
      expect(latenciesNs.medianNs()).toBeLessThan(15_600);
      expect(groupSize * latenciesNs.medianNs()).toBeGreaterThanOrEqual(50 * RESOLUTION_NS);
    }
  });

  test('grows where the engine gets so fast that its groups can no longer be told, and with another number of calls a query', async () => {
    const bench = benchOf(new TimedModel((calls) => (calls < 30_000 ? 60_000 : 5000)));
    await bench.closedLoop(once, { first: true });
    const { groupSize: before } = await bench.closedLoop(burst, { first: false });
    let after = before;
    for (let i = 0; i < 20; i++) ({ groupSize: after } = await bench.closedLoop(burst, { first: false }));
    expect(after).toBeGreaterThan(before);
    expect((await bench.closedLoop({ ...burst, callsPerQuery: 100 }, { first: false })).groupSize).toBe(1);
  });

  test('one group that was held up does not hide that calls are short', async () => {
    const bench = benchOf(new TimedModel((calls) => (calls === 5 ? 50e6 : 1000)));
    const { groupSize, latenciesNs } = await bench.closedLoop({ count: 9, durationNs: 1e9, callsPerQuery: 1 }, { first: true });
    expect(groupSize).toBeGreaterThan(100);
    expect(latenciesNs.medianNs()).toBeLessThan(1200);
  });
});

test('a slow model is called as often as asked, and no more', async () => {
  const model = new TimedModel(() => 400e6);
  const bench = benchOf(model);
  expect((await bench.closedLoop(once, { first: true })).latenciesNs.toJSON()).toHaveLength(1);
  expect(model.calls).toBe(1);
  const batch = await bench.closedLoop({ count: 3, durationNs: 60e9, callsPerQuery: 1 }, { first: false });
  expect([model.calls, batch.groupSize, batch.latenciesNs.count]).toEqual([4, 1, 3]);
  await bench.closedLoop({ count: 1, durationNs: 1e6, callsPerQuery: 4 }, { first: false });
  expect(model.calls).toBe(8);
  await bench.server([0, 1e9, 2e9]);
  expect(model.calls).toBe(11);
});

test('a first call that can be told alone is a batch of its own where those after it can\'t', async () => {
  const bench = benchOf(new TimedModel((calls) => (calls === 0 ? 3e6 : 2000)));
  const first = await bench.closedLoop({ ...burst, count: 100 }, { first: true });
  expect([first.groupSize, first.latenciesNs.count]).toEqual([1, 1]);
  expect(first.endNs - first.startNs).toBe(first.latenciesNs.toJSON()[0]);
});

describe('the server scenario', () => {
  const arrivalsNs = Array.from({ length: 200 }, (_, i) => 20e6 * (i + 1));

  test('spins for as long as a timer may be late, so that no latency has its lateness in it', async () => {
    const { latenciesNs, disturbance } = await benchOf(new TimedModel(() => 1e6)).server(arrivalsNs);
    expect(disturbance).toBeNull();
    expect(Math.max(...latenciesNs.toJSON())).toBeLessThan(1e6 + 3 * RESOLUTION_NS);
  });

  test('is void where the page woke up late', async () => {
    expect((await benchOf(new TimedModel(() => 1e6), lateBy(2e6)).server(arrivalsNs)).disturbance).toMatch(/too late for 200 of 200 arrivals, by up to 2\.\d ms/);
  });

  test('is refused where the clock can\'t tell a query', async () => {
    await expect(benchOf(new TimedModel(() => 1000)).server(arrivalsNs)).rejects.toThrow(/single-stream/);
  });
});
