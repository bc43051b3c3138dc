// A paddock-like process of its own, beside others on one store. argv: STORE FIRST STEP END stores and judges the nights FIRST, FIRST + STEP … before END; with STEP 0 it judges night FIRST once more, when told to on stdin.
import { openStore } from '../../src/store/open-store.ts';
import { once } from 'node:events';
import { watchRun } from '../../src/history/watch-run.ts';
import { nightId } from '../store/nights.ts';
import { models, QUIET, SimulatedFarm } from './simulated-farm.ts';

const [path, ...numbers] = process.argv.slice(2);
const [first = 0, step = 0, end = 0] = numbers.map(Number);
if (path === undefined) throw new Error('usage: night-writer.ts STORE FIRST STEP END');
using store = openStore(path, { mode: 'write' });
if (step === 0) {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  watchRun({ store, runId: nightId(first), settings: QUIET, now: new Date('2026-06-01T00:00:00Z') });
  process.stdin.destroy();
} else {
  const farm = new SimulatedFarm(store, models(4), 'two writers');
  for (farm.night = first; farm.night < end; farm.night += step - 1) farm.next({ factor: (name, night) => (name === 'net1' && night >= 40 ? 1.1 : 1) });
}
