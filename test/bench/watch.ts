// Years of simulated nights, watched as `paddock run` does it: alerts that are false, and changes that are missed, by the nightly false discovery rate: npm run bench:watch [-- --quick] [-- --choose]
// The rate was chosen (--choose) on other seeds than those that are reported on.
import { seededRandom } from '../../src/domain/random.ts';
import { NIGHTLY_FALSE_DISCOVERY_RATE, nominate, type Night } from '../../src/history/nominate.ts';
import type { WatchedSeries } from '../../src/history/watched-series.ts';
import { ar1 } from '../stats/simulation.ts';

const quick = process.argv.includes('--quick');
const [farms, nights, stepped] = quick ? [1, 120, 10] : [3, 240, 40];
/** Nights after a change in which an alert counts as one of it; 5 nights before, for the error of its place. */
const PROMPT_NIGHTS = 30;

interface Alert { readonly series: number; readonly night: number; readonly index: number }

/** A farm's nights: series with noise of 2 % (AR(1) .3), the first `stepped` of them 5 % slower from some night on. */
function watchFarm(count: number, seed: string, rate: number): { readonly alerts: readonly Alert[]; readonly at: readonly number[]; readonly seconds: number } {
  const random = seededRandom(seed);
  const at = Array.from({ length: count }, (_, i) => (i < stepped ? 40 + Math.floor(random() * (nights - 40 - PROMPT_NIGHTS)) : Number.POSITIVE_INFINITY));
  const values = at.map((from, i) => [...ar1(nights, 0.3, seededRandom(`${seed}/${i}`))].map((e, night) => (night >= from ? 1.05 : 1) * Math.exp(0.02 * e)));
  const known = values.map((): number[] => []);
  const alerts: Alert[] = [];
  const startedMs = performance.now();
  for (let night = 19; night < nights; night++) {
    const runIds = Array.from({ length: night + 1 }, (_, n) => String(n).padStart(6, '0'));
    const watched = values.map((series, i): WatchedSeries => ({
      series: { id: i, key: String(i), metric: 'latency_p50', unit: 'ms', suite: 's', case: { model: String(i), variant: 'v', runtime: 'r', delegate: 'cpu', workload: 'w', scenario: 'single-stream', device: 'd', options: { threads: 1, batch: 1 } } },
      rule: { better: 'lower', minEffect: 0.01 }, runIds, values: series.slice(0, night + 1), intervals: [], known: known[i] ?? [],
    }));
    const outcome: Night = nominate(watched, rate);
    for (const { watched: { series }, from, change } of outcome.moved) known[series.id] = (known[series.id] ?? []).map((place) => (place === from ? change.index : place)).sort((a, b) => a - b);
    for (const { watched: { series }, change } of outcome.nominations) {
      known[series.id] = [...(known[series.id] ?? []), change.index];
      alerts.push({ series: series.id, night, index: change.index });
    }
  }
  return { alerts, at, seconds: (performance.now() - startedMs) / 1000 };
}

/** `--choose` shows what each rate costs. */
const choosing = process.argv.includes('--choose');
const rates = choosing ? [0.01, 0.05, 0.1, 0.2, 1] : [NIGHTLY_FALSE_DISCOVERY_RATE];
const seeds = choosing ? 'bench watch' : 'bench watch report';
for (const rate of rates) for (const count of quick ? [60] : [40, 400]) {
  let [found, prompt, falseAlerts, seconds, looks] = [0, 0, 0, 0, 0];
  const delays: number[] = [];
  for (let farm = 0; farm < farms; farm++) {
    const { alerts, at, seconds: spent } = watchFarm(count, `${seeds} ${count} ${farm}`, rate);
    seconds += spent;
    looks += count * (nights - 19);
    const isTrue = ({ series, index }: Alert): boolean => Math.abs(index - (at[series] ?? 0)) <= 10;
    falseAlerts += alerts.filter((alert) => !isTrue(alert)).length;
    for (const [series, from] of at.entries()) {
      if (from === Number.POSITIVE_INFINITY) continue;
      const first = alerts.find((alert) => alert.series === series && isTrue(alert));
      if (first === undefined) continue;
      found++;
      delays.push(first.night - from + 1);
      if (first.night - from < PROMPT_NIGHTS) prompt++;
    }
  }
  const changes = farms * Math.min(stepped, count);
  const years = (farms * count * (nights - 19)) / 365;
  delays.sort((a, b) => a - b);
  console.log(`rate ${rate}, ${count} series: found ${((100 * found) / changes).toFixed(1)} % of ${changes} steps of 5 % (${((100 * prompt) / changes).toFixed(1)} % within ${PROMPT_NIGHTS} nights, median delay ${delays[Math.floor(delays.length / 2)] ?? 0}); `
    + `${falseAlerts} false alerts = ${(falseAlerts / years).toFixed(4)} a series-year, ${((100 * falseAlerts) / Math.max(1, falseAlerts + found)).toFixed(1)} % of all; ${((1000 * seconds) / looks).toFixed(2)} ms a look`);
}
