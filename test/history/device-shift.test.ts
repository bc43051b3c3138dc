import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { caseKey, type Case } from '../../src/domain/case.ts';
import { makeRunId } from '../../src/domain/ids.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { canaryCase } from '../../src/history/canary-suite.ts';
import { incidentsOf } from '../../src/history/incidents.ts';
import { watchRun } from '../../src/history/watch-run.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { ar1 } from '../stats/simulation.ts';
import { exampleCase, exampleResult } from '../store/example.ts';
import { newFolder } from '../store/folder.ts';
import { addNight, nightId, nightTime, rowWith } from '../store/nights.ts';
import { models, QUIET, SimulatedFarm } from './simulated-farm.ts';

function newStore(): Store {
  const store = openStore(join(newFolder(), 'store.db'), { mode: 'write' });
  onTestFinished(() => { store.close(); });
  return store;
}

/** Two models get 10 % slower from night 40 on, and the canary, measured just after each night has begun, by its own factor. Gives the scopes of the events. */
function scopesWith(canaryFactor: number): readonly string[] {
  const store = newStore();
  const farm = new SimulatedFarm(store, models(2), 'two models');
  const c = canaryCase(exampleCase(0).device);
  const noise = ar1(60, 0.3, seededRandom('canary'));
  for (let night = 0; night < 60; night++) {
    const id = makeRunId(new Date(Date.parse(nightTime(night)) + 5000), night);
    addNight(store, night, [{ key: caseKey(c), ordinal: 0, case: c, verdict: null }], (planned) => rowWith(planned, 3 * (night < 40 ? 1 : canaryFactor) * Math.exp(0.02 * (noise[night] ?? 0))), { id, suite: 'canary', purpose: 'canary' });
    farm.next({ factor: () => (night < 40 ? 1 : 1.1) });
  }
  return store.events.list().map(({ scope }) => scope);
}

test('on a device of two models, the canary tells whether the device moved: one event of it when it did, one of each model when it did not', () => {
  expect(scopesWith(1.08)).toEqual(['device']);
  expect(scopesWith(1)).toEqual(['case', 'case']);
});

test('a night on which a unit of a pool was not itself is none of the cases that this unit took, and one of those that another took', () => {
  const store = newStore();
  const c: Case = { ...exampleCase(0), device: 'pool:boards' };
  const planned = { key: caseKey(c), ordinal: 0, case: c, verdict: null };
  const unitOf = (night: number): string => (night % 2 === 0 ? 'even' : 'odd');
  for (let night = 0; night < 4; night++) addNight(store, night, [planned], () => ({ ...exampleResult(planned), unit: unitOf(night) }));
  for (const night of [1, 2]) store.events.markNight(nightId(night), 'even', 'hot');
  const incidentOf = incidentsOf(store);
  expect([0, 1, 2, 3].map((night) => incidentOf(planned, nightId(night)))).toEqual([null, null, 'hot', null]);
  expect(watchRun({ store, runId: nightId(2), settings: QUIET, now: new Date() })).toMatchObject({ judged: 0, notJudged: 0 });
  expect(watchRun({ store, runId: nightId(1), settings: QUIET, now: new Date() }).notJudged).toBeGreaterThan(0);
});
