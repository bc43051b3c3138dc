/**
 * `npm run bench:farm [-- --quick]`: 200 simulated devices (test/farm/simulated-unit.ts) through the real plan, scheduler, launches and store. Prints a
 * table with goals; exits 1 when one is missed.
 * 1. Makespan over its lower bound: half the devices have cases of their own, the other half share those of a pool. The bound is the larger of the
 *    most loaded device's own work and the pool's work over its units, where work is what the launches would take if nothing but the device needed time.
 *    (No gates: they wait for the device, not for Paddock.)
 * 2. What this process used for it, a device: CPU as a share of one core, and memory.
 * 3. Launches lost or made twice.
 */
import { cpus } from 'node:os';
import { seededRandom } from '../../src/domain/random.ts';
import { RUN_ID, SimulatedRun } from '../farm/simulated-run.ts';
import { simulatedUnit } from '../farm/simulated-unit.ts';

const quick = process.argv.includes('--quick');
const DEVICES = quick ? 40 : 200;
const OWN_CASES = quick ? 5 : 19;
/** A nightly pool has many times more models than units. */
const POOL_CASES = (DEVICES / 2) * OWN_CASES;
const SECONDS = 3;
/** What a launch costs beside what it measures, from the simulated device: loading takes 0.2 to 1.4 s. */
const LOAD_MS = { least: 200, more: 1200 };

const ownIds = Array.from({ length: DEVICES / 2 }, (_, index) => `own-${index}`);
const poolIds = Array.from({ length: DEVICES / 2 }, (_, index) => `pool-${index}`);
const units = [...ownIds, ...poolIds].map((id) => {
  const random = seededRandom(id);
  return simulatedUnit({ id, loadMs: () => LOAD_MS.least + LOAD_MS.more * random() });
});

const memoryBefore = process.memoryUsage.rss();
// The suite crosses devices with models: the pool takes the models behind those that the devices have for themselves.
using run = await SimulatedRun.make({ devices: { ...Object.fromEntries(ownIds.map((id) => [id, []])), 'pool:all': poolIds }, models: Math.max(OWN_CASES, POOL_CASES), launches: 1, seconds: SECONDS, keep: (c) => c.device === 'pool:all' || Number(c.model.slice(1)) < OWN_CASES }, units);
const asked = units.map((unit) => unit.workMs);
const cpuBefore = process.cpuUsage();
const started = performance.now();
let peak = memoryBefore;
const watch = setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 500);
await run.run();
clearInterval(watch);
const makespanMs = performance.now() - started;
const cpu = process.cpuUsage(cpuBefore);
const cpuSeconds = (cpu.user + cpu.system) / 1e6;

const entries = run.store.attemptEntries(RUN_ID);
const wanted = run.cases.filter((planned) => planned.verdict === null);
const made = new Map<string, number>();
for (const entry of entries) made.set(entry.subject, (made.get(entry.subject) ?? 0) + 1);
const lost = wanted.filter((planned) => !made.has(planned.key)).length;
const doubled = [...made.values()].filter((count) => count > 1).length;
const works = units.map((unit, index) => unit.workMs - (asked[index] ?? 0));
const own = Math.max(...works.slice(0, ownIds.length));
const pooled = works.slice(ownIds.length).reduce((sum, work) => sum + work, 0) / poolIds.length;
const bound = Math.max(own, pooled);
const ratio = makespanMs / bound;
const cpuShare = cpuSeconds / (makespanMs / 1000) / DEVICES;
const busiest = Math.max(...units.map((unit) => unit.mostAtOnce));

const rows: readonly (readonly [string, string, string, boolean | null])[] = [
  ['makespan over its lower bound', `${ratio.toFixed(3)} (${(makespanMs / 1000).toFixed(1)} s over ${(bound / 1000).toFixed(1)} s)`, '<= 1.05', ratio <= 1.05],
  ['launches lost', `${lost} of ${wanted.length}`, '0', lost === 0],
  ['launches made twice', String(doubled), '0', doubled === 0],
  ['most launches at once on a device', String(busiest), '1', busiest === 1],
  ['CPU a device', `${(100 * cpuShare).toFixed(3)} % of a core (${((1000 * cpuSeconds) / entries.length).toFixed(1)} ms a launch)`, '', null],
  ['memory a device', `${((peak - memoryBefore) / DEVICES / 1024).toFixed(0)} KiB above the ${(memoryBefore / 2 ** 20).toFixed(0)} MiB of an idle process`, '', null],
];
process.stdout.write(`${DEVICES} simulated devices, ${entries.length} launches of ${SECONDS} s and a load, on ${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}\n`);
for (const [what, value, goal, met] of rows) process.stdout.write(`${what.padEnd(36)} ${value.padEnd(60)} ${goal === '' ? '' : `goal ${goal}: ${met === true ? 'met' : 'MISSED'}`}\n`);
process.exitCode = rows.every(([, , , met]) => met !== false) ? 0 : 1;
