// Years of simulated nights, watched as `paddock run` does it: npm run bench:watch [-- --quick] [-- --choose]
// How soon steps are found, and how many alerts are false: on series without a step (the goal is of those), before a step, and told once more after one.
// The nightly false discovery rate was chosen (--choose) on other seeds than those that are reported on.
import { seededRandom } from '../../src/domain/random.ts';
import { NIGHTLY_FALSE_DISCOVERY_RATE, nominate } from '../../src/history/nominate.ts';
import type { WatchedSeries } from '../../src/history/watched-series.ts';
import { ar1 } from '../stats/simulation.ts';

const isQuick = process.argv.includes('--quick');
const isChoosing = process.argv.includes('--choose');
const NIGHTS = isQuick ? 200 : 365;
/** Farms of few series and of many: the false discovery rate weighs on many. A quarter of the series has a step. */
const FARMS = isQuick ? [{ count: 40, farms: 2 }] : isChoosing ? [{ count: 40, farms: 8 }, { count: 400, farms: 1 }] : [{ count: 40, farms: 40 }, { count: 400, farms: 4 }];
const STEPPED_SHARE = 0.25;
const STEP = 0.05;
/** Nights before any step, as few as a month; and nights of the new level after the last. */
const EDGE_NIGHTS = 30;
/** Nights of the new level within which an alert is prompt. */
const PROMPT_NIGHTS = 30;
/** An alert this near to the step names it. */
const NEAR_NIGHTS = 10;

interface Alert { readonly night: number; readonly index: number }
interface WatchedFarm { readonly alerts: readonly (readonly Alert[])[]; readonly steps: readonly (number | null)[]; readonly seconds: number }

/** A farm's nights: noise of 2 % (AR(1) .3), a quarter of the series 5 % up or down from some night on. */
function watchFarm(count: number, seed: string, rate: number): WatchedFarm {
  const random = seededRandom(seed);
  const steps = Array.from({ length: count }, (_, i) => (i < STEPPED_SHARE * count ? EDGE_NIGHTS + Math.floor(random() * (NIGHTS - 2 * EDGE_NIGHTS)) : null));
  const values = steps.map((step, i) => {
    const size = Math.log1p(STEP) * (random() < 0.5 ? 1 : -1);
    return [...ar1(NIGHTS, 0.3, seededRandom(`${seed}/${i}`))].map((e, night) => Math.exp(0.02 * e + (step !== null && night >= step ? size : 0)));
  });
  const known = values.map((): number[] => []);
  const alerts = values.map((): Alert[] => []);
  const startedMs = performance.now();
  for (let night = 0; night < NIGHTS; night++) {
    const runIds = Array.from({ length: night + 1 }, (_, n) => String(n).padStart(6, '0'));
    const watched = values.map((series, i): WatchedSeries => ({
      series: { id: i, key: String(i), metric: 'latency_p50', unit: 'ms', suite: 's', case: { model: String(i), variant: 'v', runtime: 'r', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'd', options: { threads: 1, batch: 1 } } },
      rule: { better: 'lower', minEffect: 0.01 }, runIds, values: series.slice(0, night + 1), intervals: [], known: known[i] ?? [],
    }));
    const outcome = nominate(watched, rate);
    for (const { watched: { series }, from, change } of outcome.moved) known[series.id] = (known[series.id] ?? []).map((place) => (place === from ? change.index : place)).sort((a, b) => a - b);
    for (const { watched: { series }, change } of outcome.nominations) {
      known[series.id] = [...(known[series.id] ?? []), change.index];
      alerts[series.id]?.push({ night, index: change.index });
    }
  }
  return { alerts, steps, seconds: (performance.now() - startedMs) / 1000 };
}

const quantile = (values: readonly number[], q: number): number => values.toSorted((a, b) => a - b)[Math.floor(q * values.length)] ?? Number.NaN;

function report(rate: number, count: number, farms: readonly WatchedFarm[]): void {
  // A step that is never named counts as one found never: delays are of all steps.
  const delays: number[] = [];
  let [onNull, nulls, before, again] = [0, 0, 0, 0];
  for (const { alerts, steps } of farms) for (const [i, step] of steps.entries()) {
    const own = alerts[i] ?? [];
    if (step === null) {
      nulls++;
      onNull += own.length;
      continue;
    }
    const after = own.filter(({ night }) => night >= step);
    const named = after.find(({ index }) => Math.abs(index - step) <= NEAR_NIGHTS);
    before += own.length - after.length;
    again += after.length - (named === undefined ? 0 : 1);
    delays.push(named === undefined ? Number.POSITIVE_INFINITY : named.night - step + 1);
  }
  const share = (most: number): string => `${((100 * delays.filter((delay) => delay <= most).length) / delays.length).toFixed(1)} %`;
  const seconds = farms.reduce((sum, one) => sum + one.seconds, 0);
  console.log(`rate ${rate}, ${farms.length} farms of ${count} series: of ${delays.length} steps of 5 % ${share(PROMPT_NIGHTS)} named within ${PROMPT_NIGHTS} nights, ${share(NIGHTS)} ever; delay median ${quantile(delays, 0.5)}, 90 % ${quantile(delays, 0.9)}; `
    + `${onNull} false alerts on ${nulls} series without a step = ${((onNull * 365) / (nulls * NIGHTS)).toFixed(4)} a series-year; on those with one ${before} before it, ${again} more after it; ${((1000 * seconds) / (farms.length * count * NIGHTS)).toFixed(2)} ms a look`);
}

for (const rate of isChoosing ? [0.02, 0.05, 0.1, 0.2, 0.5, 1] : [NIGHTLY_FALSE_DISCOVERY_RATE]) {
  for (const { count, farms } of FARMS) report(rate, count, Array.from({ length: farms }, (_, farm) => watchFarm(count, `bench watch${isChoosing ? '' : ' told'} ${count} ${farm}`, rate)));
}
