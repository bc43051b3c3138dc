import { expect, test } from 'vitest';
import { HarnessClient } from '../../src/harness/client.ts';
import { measureServer, type ServerOptions, type ServerWindow } from '../../src/measure/server-load.ts';
import { localTransport } from '../../src/transport/local.ts';

const DOUBLE = new URL('../fixtures/cli/server-double.mjs', import.meta.url).pathname;
const SERVICE_NS = 1e6;

/** Measures a server whose every inference takes 1 ms: an M/D/1 queue, of which the theory knows what to expect. */
async function measure(options: Partial<ServerOptions> & Pick<ServerOptions, 'boundNs' | 'ratePerS'>): Promise<ServerWindow> {
  await using client = await HarnessClient.start(localTransport, [process.execPath, DOUBLE, String(SERVICE_NS)], { signal: AbortSignal.timeout(240_000), helloTimeoutMs: 120_000 });
  return await measureServer({ client, servicesNs: new Float64Array(100).fill(SERVICE_NS), windowSeconds: 20, totalSeconds: 200, inferenceMs: 60_000, seed: 'seed', ...options });
}

test('a given rate is offered as it is, and judged', async () => {
  const held = await measure({ boundNs: 20e6, ratePerS: 500 });
  expect(held).toMatchObject({ ratePerS: 500, met: true });
  // 10,000 Poisson arrivals in 20 s, 100 a deviation.
  expect(Math.abs(held.latenciesNs.length - 10_000)).toBeLessThan(500);
  expect(held.completionsNs).toHaveLength(held.latenciesNs.length);
  // M/D/1 at half load: mean wait of half a service time (Pollaczek–Khinchine).
  const mean = held.latenciesNs.reduce((sum, x) => sum + x, 0) / held.latenciesNs.length;
  expect(mean / SERVICE_NS).toBeGreaterThan(1.4);
  expect(mean / SERVICE_NS).toBeLessThan(1.6);
  expect(await measure({ boundNs: 1.5e6, ratePerS: 900 })).toMatchObject({ ratePerS: 900, met: false });
});

test('the same seed offers the same arrivals, another one others', async () => {
  const latencies = async (seed: string): Promise<number[]> => [...(await measure({ boundNs: 5e6, ratePerS: 700, windowSeconds: 2, seed })).latenciesNs];
  expect(await latencies('a')).toEqual(await latencies('a'));
  expect(await latencies('a')).not.toEqual(await latencies('b'));
});

test('the search finds a rate that holds the bound, and a fifth more does not', async () => {
  const boundNs = 4e6;
  const found = await measure({ boundNs, ratePerS: null });
  expect(found.met).toBe(true);
  expect(found.p99Ns).toBeLessThanOrEqual(boundNs);
  expect((await measure({ boundNs, ratePerS: found.ratePerS * 1.2, windowSeconds: 60 })).met).toBe(false);
});

test('a looser bound allows a higher rate, never beyond what the service can do', async () => {
  const [tight, loose] = [await measure({ boundNs: 3e6, ratePerS: null }), await measure({ boundNs: 30e6, ratePerS: null })];
  expect(loose.ratePerS).toBeGreaterThan(tight.ratePerS);
  expect(loose.ratePerS).toBeLessThanOrEqual(1e9 / SERVICE_NS);
});

test('a bound that one inference already breaks is never met, and said so', async () => {
  expect(await measure({ boundNs: 0.5e6, ratePerS: null })).toMatchObject({ met: false });
});
