import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { changeEventSchema, type ChangeEvent } from '../../src/domain/event.ts';
import { expectClean, Place, type RunOutcome } from '../cli/paddock.ts';
import { chainModel } from './chain-model.ts';

// Real nights of a real harness, seconds apart. The change is large, so that a busy machine's noise does not hide it.
const SUITE = `suite: nightly
models: [{ id: net, weights: generated, variants: [{ id: fp32, file: m.onnx }] }]
runtimes: [{ id: onnxruntime, threads: [1] }]
workloads: [{ id: w, scenario: single-stream }]
measure: { launches: 1, maxLaunches: 1, minSeconds: 0.1, maxSeconds: 0.2 }
limits: { loadSeconds: 60 }
gates: none
`;
const OLD = chainModel(8);
const SLOW = chainModel(48);
const LIMIT_MS = 900_000;

let place: Place;
beforeAll(() => { place = new Place('paddock nights '); });
afterAll(() => { place[Symbol.dispose](); });

async function nights(count: number, model: Uint8Array, args: readonly string[] = []): Promise<RunOutcome> {
  place.write('m.onnx', model);
  let last: RunOutcome | null = null;
  for (let night = 0; night < count; night++) {
    last = await place.run(SUITE, night === count - 1 ? args : [], { timeoutMs: 600_000 });
    expectClean(last);
  }
  if (last === null) throw new Error('no night');
  return last;
}

async function events(): Promise<readonly ChangeEvent[]> {
  const { stdout } = await place.call(['changes', '--since', '1d', '--json', '--db', place.path('store.sqlite')]);
  return z.object({ changes: z.array(changeEventSchema) }).parse(JSON.parse(stdout)).changes;
}

/** The event of the latency, whatever else this machine's noise made of the other metrics. */
async function latencyEvent(kind: ChangeEvent['kind'], field: string): Promise<ChangeEvent | undefined> {
  return (await events()).findLast((event) => event.kind === kind && event.series.some(({ metric }) => metric === 'latency_p50') && event.changes.some((change) => change.field === field));
}

test('a model that got slower is found, confirmed by an A/B of both files, and ascribed to the file', async () => {
  await nights(15, OLD);
  // Noise of a busy machine may look like a change of the device's; of the file, which stayed, it is none.
  expect((await events()).flatMap(({ changes }) => changes).filter(({ field }) => field === 'model')).toEqual([]);
  // Six nights show it where the machine is quiet: the noise of a busy one makes a step less sure, however large it is.
  let outcome = await nights(6, SLOW, ['--confirm', '10min', '--fail-on', 'confirmed']);
  let event = await latencyEvent('regressed', 'model');
  for (let more = 0; more < 10 && event?.state !== 'confirmed'; more++) {
    outcome = await nights(1, SLOW, ['--confirm', '10min', '--fail-on', 'confirmed']);
    event = await latencyEvent('regressed', 'model');
  }
  const byItself = event?.state === 'confirmed';
  // An A/B that a busy machine left open is asked for again by hand.
  for (let more = 0; more < 5 && event?.confirmation?.outcome === 'cannot-reproduce'; more++) {
    await place.call(['confirm', event.id, '--budget', '10min', '--db', place.path('store.sqlite')], { timeoutMs: 600_000 });
    event = await latencyEvent('regressed', 'model');
  }
  expect(event, `${event?.confirmation?.reason ?? 'no A/B'}\n${outcome.stderr}`).toMatchObject({ state: 'confirmed', confirmation: { outcome: 'confirmed', cause: [{ field: 'model' }] } });
  expect(event?.confirmation?.ratio).toBeGreaterThan(1.5);
  if (byItself) expect(outcome.code).toBe(1);
}, LIMIT_MS);

test('it is acknowledged, and fixed when the old file is back', async () => {
  const id = (await latencyEvent('regressed', 'model'))?.id ?? '';
  const ack = await place.call(['ack', id, '--why', 'the new head needs it', '--by', 'an engineer', '--until', '30d', '--db', place.path('store.sqlite')]);
  expect(ack.code, ack.stderr).toBe(0);
  expect(await latencyEvent('regressed', 'model')).toMatchObject({ state: 'acknowledged', acknowledgement: { by: 'an engineer', why: 'the new head needs it' } });
  // Five nights show it where the machine is quiet.
  await nights(4, OLD);
  let event: ChangeEvent | undefined;
  for (let more = 0; more < 14 && event?.state !== 'fixed'; more++) {
    await nights(1, OLD);
    event = await latencyEvent('regressed', 'model');
  }
  expect(event).toMatchObject({ state: 'fixed' });
}, LIMIT_MS);
