// Prints how well the statistics keep their promises, by simulation with fixed seeds, and what they cost: npm run bench:stats
import { seededRandom } from '../../src/domain/random.ts';
import { judgeChange } from '../../src/stats/change-verdict.ts';
import { pairedDifference } from '../../src/stats/paired-difference.ts';
import { quantileInterval, quantileIntervals } from '../../src/stats/quantile-interval.ts';
import type { Shift } from '../../src/stats/shift.ts';
import { steadyState } from '../../src/stats/steady-state.ts';
import { decideStop, nextLook } from '../../src/stats/stop-rule.ts';
import { unpairedDifference } from '../../src/stats/two-sample.ts';
import { ar1, blockDifferences, COURSES, coverage, independentInterval, iterationsOf, launchLatenciesNs, launchSides, share, type Course } from '../stats/simulation.ts';

const ALPHA = 0.05;

function table(title: string, rows: readonly (readonly (string | number)[])[]): void {
  const cells = rows.map((row) => row.map(String));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of cells) console.log(`  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`);
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

function coverageTable(): void {
  const rows: (string | number)[][] = [['phi', 'p', 'ours', 'i.i.d.']];
  for (const phi of [0, 0.5, 0.8]) {
    for (const p of [0.5, 0.9, 0.99]) {
      const settings = { n: 2000, phi, p, launches: 1000, seed: `coverage ${phi} ${p}` };
      rows.push([phi, p, coverage((s) => quantileInterval(s, p, ALPHA), settings).toFixed(3), coverage((s) => independentInterval(s, p, ALPHA), settings).toFixed(3)]);
    }
  }
  table('Coverage of the 95 % quantile interval, AR(1), n = 2,000, 1,000 launches', rows);
}

function stopTable(): void {
  const rows: (string | number)[][] = [['phi', 'p', 'coverage at the stop', 'stopped at (median)', 'of 500 precise']];
  for (const phi of [0, 0.5, 0.8]) {
    for (const p of [0.5, 0.9]) {
      const random = seededRandom(`stop ${phi} ${p}`);
      const ends: number[] = [];
      let precise = 0;
      const held = coverage((all) => {
        for (let n = 200; ; n = nextLook(n)) {
          const decision = decideStop(all.subarray(0, n), { p, epsilon: 0.01, alpha: ALPHA, looks: 7 });
          if (decision.state === 'precise' || nextLook(n) > all.length) {
            ends.push(n);
            if (decision.state === 'precise') precise++;
            return decision.interval;
          }
        }
      }, { n: 2300, phi, p, launches: 500, seed: String(random()) });
      rows.push([phi, p, held.toFixed(3), ends.sort((a, b) => a - b)[ends.length >> 1] ?? 0, precise]);
    }
  }
  table('Stop rule: looks at 200, 300, 450 … at 95 %/7, ± 1 % wanted, 500 launches', rows);
}

function steadyTable(): void {
  const rows: (string | number)[][] = [['course', 'n', 'target', 'steady', 'cut: 10 %', 'median', '90 %']];
  for (const course of Object.keys(COURSES) as Course[]) {
    for (const [n, targetHalfWidth, launches] of [[20, 0.05, 100], [200, 0.05, 100], [2000, 0.02, 60]] as const) {
      const random = seededRandom(`steady ${course} ${n}`);
      const states = Array.from({ length: launches }, () => steadyState(launchLatenciesNs(course, n, 0.5, random), { targetHalfWidth }));
      const cuts = states.map(({ start }) => start / n).sort((a, b) => a - b);
      const cut = (q: number): string => percent(cuts[Math.floor(q * launches)] ?? 0);
      rows.push([course, n, `± ${100 * targetHalfWidth} %`, percent(states.filter(({ steady }) => steady).length / launches), cut(0.1), cut(0.5), cut(0.9)]);
    }
  }
  table('Steady state: noise 2 %, AR(1) 0.5, 2 % spikes', rows);
}

function comparisonTable(): void {
  const DRAWS = 400;
  const rows: (string | number)[][] = [['procedure', 'A/A differs (nominal 5 %)', 'A/A judged at 3 %', '1 % found', '5 % regressed at 3 %']];
  const procedures: readonly (readonly [string, (change: number, random: () => number) => Shift])[] = [
    ['all A, then all B (12 + 12 launches)', (change, random) => unpairedDifference(...launchSides('all-a-then-b', 12, { change, launchSd: 0.01, rampTotal: 0.08 }, random), ALPHA)],
    ['A and B shuffled, test on 50 iterations each', (change, random) => {
      const [a, b] = launchSides('shuffled-pairs', 12, { change, launchSd: 0.01, rampTotal: 0.08 }, random);
      return unpairedDifference(iterationsOf(a, 50, random), iterationsOf(b, 50, random), ALPHA);
    }],
    ...[3, 6, 12].map((blocks) => [`${blocks} ABBA/BAAB blocks (ours)`, (change: number, random: () => number): Shift =>
      pairedDifference(blockDifferences(blocks, { change, launchSd: 0.01, rampTotal: 0.08 }, random), ALPHA)] as const),
  ];
  for (const [name, compare] of procedures) {
    const draws = name.includes('iterations') ? 60 : DRAWS;
    const random = seededRandom(`comparison ${name}`);
    const differs = (change: number): number => share(draws, () => {
      const { low, high } = compare(change, random);
      return low !== null && high !== null && (low > 0 || high < 0);
    });
    const changed = (change: number): number => share(draws, () => ['regressed', 'improved'].includes(judgeChange(compare(change, random), 0.03, 'lower')));
    rows.push([name, percent(differs(0)), percent(changed(0)), percent(differs(0.01)), percent(changed(Math.log(1.05)))]);
  }
  table('Comparison under an 8 % thermal ramp, launches spread by 1 %', rows);
}

function costTable(): void {
  const rows: (string | number)[][] = [['function', 'n', 'ms per call']];
  const random = seededRandom('cost');
  for (const n of [2000, 20_000]) {
    const samples = launchLatenciesNs('flat', n, 0.5, random);
    const slow = ar1(n, 0.999, random).map((x) => Math.exp(x));
    const calls: readonly (readonly [string, () => unknown])[] = [
      ['quantileIntervals p50, p90, p99', () => quantileIntervals(samples, [0.5, 0.9, 0.99], ALPHA)],
      ['quantileInterval p50, AR(1) 0.999', () => quantileInterval(slow, 0.5, ALPHA)],
      ['decideStop', () => decideStop(samples, { p: 0.5, epsilon: 0.01, alpha: ALPHA, looks: 7 })],
      ['steadyState', () => steadyState(samples, { targetHalfWidth: 0.02 })],
    ];
    for (const [name, call] of calls) {
      for (let i = 0; i < 10; i++) call();
      const began = performance.now();
      for (let i = 0; i < 30; i++) call();
      rows.push([name, n, ((performance.now() - began) / 30).toFixed(2)]);
    }
  }
  table('Cost', rows);
}

coverageTable();
stopTable();
steadyTable();
comparisonTable();
costTable();
