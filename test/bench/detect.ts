// How well the detector of nightly series keeps its goals, on corpora from seeds that chose none of its constants: npm run bench:detect
// With -- --write the figures also become the scorecard that the dashboard shows: reports/detector.json
// The simulations that chose them, on other seeds: npm run bench:detect -- --choose
import { writeFileSync } from 'node:fs';
import { detectorHash } from '../../src/detector-hash.ts';
import { noiseOf, type Noise } from '../../src/stats/noise.ts';
import { clipSeries } from '../../src/stats/series-clip.ts';
import { DEFAULT_DETECT_OPTIONS, detectChanges } from '../../src/stats/series-detect.ts';
import { levelsOf } from '../../src/stats/series-levels.ts';
import { locateStep } from '../../src/stats/series-location.ts';
import { residualNoise } from '../../src/stats/series-noise.ts';
import { readySeries } from '../../src/stats/series-ready.ts';
import { DEFAULT_WATCH_OPTIONS, watchNight } from '../../src/stats/series-watch.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { ar1 } from '../stats/simulation.ts';
import { corpus, CORPORA, type CorpusName, type CorpusSeries } from './corpus.ts';

const REPORT_SEEDS = [20261122, 101, 102, 103];
const REPLAY_SEEDS = [101, 102];
const CHOICE_SEEDS = [11, 12, 13, 14];
const NAMES = Object.keys(CORPORA) as CorpusName[];
/** Nights within which an alert is prompt. */
const PROMPT_NIGHTS = 30;

/** Processor time of this process so far, all threads: what a call costs on one core, whatever else the machine does. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

type Cells = readonly (string | number)[];

/** Every table printed, for the dashboard's page on the detector. */
const scorecard: { readonly title: string; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }[] = [];

function table(title: string, rows: readonly Cells[]): void {
  const cells = rows.map((row) => row.map(String));
  scorecard.push({ title, head: cells[0] ?? [], rows: cells.slice(1) });
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const row of cells) console.log(`  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`);
}

const percent = (part: number, whole: number, digits = 2): string => (whole === 0 ? '—' : `${((100 * part) / whole).toFixed(digits)} %`);
const quantile = (values: readonly number[], q: number): number => values.toSorted((a, b) => a - b)[Math.floor(q * values.length)] ?? Number.NaN;
const atMost = (value: number, goal: number): string => (value <= goal ? 'met' : 'MISSED');
const atLeast = (value: number, goal: number): string => (value >= goal ? 'met' : 'MISSED');

interface Score {
  readonly steps: number;
  readonly nulls: number;
  readonly flagged: number;
  readonly found: number;
  /** Hits within ±5 and within ±10 nights. */
  readonly hits: readonly [number, number];
  readonly errors: readonly number[];
  readonly msPerSeries: number;
}

function score(name: CorpusName, seeds: readonly number[], options = DEFAULT_DETECT_OPTIONS): Score {
  let steps = 0;
  let nulls = 0;
  let flagged = 0;
  let found = 0;
  let ms = 0;
  let count = 0;
  const hits: [number, number] = [0, 0];
  const errors: number[] = [];
  for (const seed of seeds) {
    const all = corpus(name, seed);
    const values = all.map((one) => [...one.values]);
    const began = cpuMs();
    const outcomes = detectChanges(values, options);
    ms += cpuMs() - began;
    count += all.length;
    for (const [i, { tau }] of all.entries()) {
      const outcome = outcomes[i];
      const changes = outcome?.state === 'judged' ? outcome.changes : [];
      found += changes.length;
      if (tau === null) {
        nulls++;
        if (changes.length > 0) flagged++;
        continue;
      }
      steps++;
      const error = Math.min(...changes.map(({ index }) => Math.abs(index - tau)));
      if (error <= 5) hits[0]++;
      if (error <= 10) hits[1]++;
      if (Number.isFinite(error)) errors.push(error);
    }
  }
  return { steps, nulls, flagged, found, hits, errors, msPerSeries: ms / count };
}

function detection(): void {
  detectChanges(corpus('main', 1).slice(0, 100).map(({ values }) => [...values])); // compiles the code
  const rows: Cells[] = [['corpus', 'recall ±10', '±5', 'false ±10', '±5', 'null flagged', 'error median', '90 %', 'CPU ms/series']];
  const scores = new Map(NAMES.map((name) => [name, score(name, REPORT_SEEDS)]));
  for (const [name, { steps, nulls, flagged, found, hits, errors, msPerSeries }] of scores) {
    rows.push([name, percent(hits[1], steps), percent(hits[0], steps), percent(found - hits[1], found), percent(found - hits[0], found), percent(flagged, nulls, 3), quantile(errors, 0.5), quantile(errors, 0.9), msPerSeries.toFixed(2)]);
  }
  table(`Detection, seeds ${REPORT_SEEDS.join(', ')}, q = ${DEFAULT_DETECT_OPTIONS.falseDiscoveryRate}, effect ≥ ${100 * DEFAULT_DETECT_OPTIONS.minEffect} %`, rows);
  const recall = (name: CorpusName): number => { const s = scores.get(name); return s === undefined ? Number.NaN : s.hits[1] / s.steps; };
  const wrong = (name: CorpusName): number => { const s = scores.get(name); return s === undefined ? Number.NaN : 1 - s.hits[1] / s.found; };
  const main = scores.get('main');
  const slowest = Math.max(...[...scores.values()].map(({ msPerSeries }) => msPerSeries));
  table('Goals (±10 nights)', [
    ['goal', 'seen', 'result'],
    ['main: recall ≥ 99.5 %', percent(recall('main'), 1), atLeast(recall('main'), 0.995)],
    ['main: false discoveries ≤ 0.5 %', percent(wrong('main'), 1), atMost(wrong('main'), 0.005)],
    ['main: null series flagged ≤ 0.2 %', percent(main?.flagged ?? Number.NaN, main?.nulls ?? 1, 3), atMost((main?.flagged ?? Number.NaN) / (main?.nulls ?? 1), 0.002)],
    ['AR(1) .6: recall ≥ 96 %', percent(recall('ar06'), 1), atLeast(recall('ar06'), 0.96)],
    ['AR(1) .6: false discoveries ≤ 3 %', percent(wrong('ar06'), 1), atMost(wrong('ar06'), 0.03)],
    ['spikes: recall ≥ 99 %', percent(recall('outlier'), 1), atLeast(recall('outlier'), 0.99)],
    ['spikes: false discoveries ≤ 1 %', percent(wrong('outlier'), 1), atMost(wrong('outlier'), 0.01)],
    ['2 % steps: recall ≥ 70 %', percent(recall('step2'), 1), atLeast(recall('step2'), 0.7)],
    ['3 % steps: recall ≥ 95 %', percent(recall('step3'), 1), atLeast(recall('step3'), 0.95)],
    ['slowest corpus ≤ 1 CPU ms a series', `${slowest.toFixed(2)} ms`, atMost(slowest, 1)],
  ]);
}

interface Replay {
  readonly steps: number;
  readonly prompt: number;
  /** Nights of the new level seen when the alert came, that night counted. */
  readonly delays: readonly number[];
  readonly nulls: number;
  readonly falseOnNull: number;
  /** Alerts on stepped series before the step, and after it other than the one that names it. */
  readonly falseBefore: number;
  readonly again: number;
  readonly looks: number;
  readonly ms: number;
}

/** Every series night by night: each night sees only its past, and the alerts so far. */
function replay(series: readonly CorpusSeries[], options = DEFAULT_WATCH_OPTIONS): Replay {
  const began = cpuMs();
  const delays: number[] = [];
  let [steps, nulls, falseOnNull, falseBefore, again, looks] = [0, 0, 0, 0, 0, 0];
  for (const { values, tau } of series) {
    const nights = [...values];
    let known: readonly number[] = [];
    const alerts: (readonly [night: number, index: number])[] = [];
    for (let night = 0; night < nights.length; night++) {
      const outcome = watchNight(nights.slice(0, night + 1), known, options);
      looks++;
      if (outcome.state === 'not-judged') continue;
      known = outcome.known.map(({ index }) => index);
      if (outcome.nominated === null) continue;
      known = [...known, outcome.nominated.index];
      alerts.push([night, outcome.nominated.index]);
    }
    if (tau === null) {
      nulls++;
      falseOnNull += alerts.length;
      continue;
    }
    steps++;
    const after = alerts.filter(([night]) => night >= tau);
    const named = after.find(([, index]) => Math.abs(index - tau) <= 10);
    falseBefore += alerts.length - after.length;
    again += after.length - (named === undefined ? 0 : 1);
    if (named !== undefined && named[0] < tau + PROMPT_NIGHTS) delays.push(named[0] - tau + 1);
  }
  return { steps, prompt: delays.length, delays, nulls, falseOnNull, falseBefore, again, looks, ms: cpuMs() - began };
}

const REPLAY_HEAD: Cells = ['replay', `within ${PROMPT_NIGHTS} nights`, 'median delay', '90 %', 'false per null year', 'before the step', 'again after it', 'CPU ms/look'];

function replayRow(label: string, r: Replay): Cells {
  return [label, `${r.prompt} of ${r.steps}`, quantile(r.delays, 0.5), quantile(r.delays, 0.9), (r.falseOnNull / r.nulls).toFixed(4), r.falseBefore, r.again, (r.ms / r.looks).toFixed(3)];
}

function nightlyReplay(): void {
  const replays = REPLAY_SEEDS.map((seed) => replay(corpus('main', seed)));
  table(`Nightly replay of main, p ≤ ${DEFAULT_WATCH_OPTIONS.nightlyLevel} a night; a delay counts the nights of the new level seen, the night of the alert included`,
    [REPLAY_HEAD, ...replays.map((one, i) => replayRow(`seed ${REPLAY_SEEDS[i] ?? ''}`, one))]);
  const sum = (pick: (one: Replay) => number): number => replays.reduce((total, one) => total + pick(one), 0);
  const prompt = sum((one) => one.prompt) / sum((one) => one.steps);
  const wrong = sum((one) => one.falseOnNull) / sum((one) => one.nulls);
  const delay = quantile(replays.flatMap((one) => one.delays), 0.5);
  table('Goals', [
    ['goal', 'seen', 'result'],
    ['detected within 30 nights ≥ 97 %', percent(prompt, 1), atLeast(prompt, 0.97)],
    ['false alerts ≤ 0.03 per null series-year', wrong.toFixed(4), atMost(wrong, 0.03)],
    ['median delay ≤ 8 nights', delay, atMost(delay, 8)],
  ]);
}

/** P(p ≤ level) on noise alone: p keeps its promise where the share is at most the level. */
function calibration(): void {
  const rows: Cells[] = [['nights', 'phi', 'p ≤ 5 %', 'p ≤ 0.5 %', 'p ≤ 0.05 %']];
  const minShift = Math.log1p(DEFAULT_DETECT_OPTIONS.minEffect);
  for (const n of [20, 50, 365]) {
    for (const phi of [0, 0.3, 0.6, 0.8]) {
      const random = seededRandom(`series ${n} ${phi}`);
      const count = n === 365 ? 1000 : 3000;
      const ps = Array.from({ length: count }, () => {
        const ready = readySeries([...ar1(n, phi, random)].map((e) => 100 * Math.exp(0.02 * e)), minShift);
        return 'reason' in ready ? 1 : levelsOf(ready.series, { level: Number.MIN_VALUE, minShift }).p;
      });
      rows.push([n, phi, ...[0.05, 0.005, 0.0005].map((level) => percent(ps.filter((p) => p <= level).length, count))]);
    }
  }
  table('A series of noise alone is said to have changed', rows);
}

function chooseRate(): void {
  const rows: Cells[] = [['q', ...NAMES.map((name) => `${name}: recall`), 'main: false', 'main: null flagged']];
  for (const falseDiscoveryRate of [0.001, 0.0025, 0.005, 0.01, 0.02]) {
    const scores = NAMES.map((name) => score(name, CHOICE_SEEDS, { ...DEFAULT_DETECT_OPTIONS, falseDiscoveryRate }));
    const main = scores[NAMES.indexOf('main')];
    rows.push([falseDiscoveryRate, ...scores.map(({ hits, steps }) => percent(hits[1], steps, 1)), percent((main?.found ?? 0) - (main?.hits[1] ?? 0), main?.found ?? 0), percent(main?.flagged ?? 0, main?.nulls ?? 0, 3)]);
  }
  table(`False discovery rate, seeds ${CHOICE_SEEDS.join(', ')} (±10)`, rows);
}

function chooseLossCap(): void {
  const names = ['step2', 'step3', 'ar06', 'main'] as const;
  const minShift = Math.log1p(DEFAULT_DETECT_OPTIONS.minEffect);
  const rows: Cells[] = [['cap, nights', ...names.flatMap((name) => [`${name} ±10`, '±5'])]];
  const stepped = names.map((name) => CHOICE_SEEDS.flatMap((seed) => corpus(name, seed)).flatMap(({ tau, values }) => {
    const ready = tau === null ? null : readySeries([...values], minShift);
    return tau === null || ready === null || 'reason' in ready ? [] : [{ tau, series: ready.series }];
  }));
  for (const cap of [1, 5, 8, 11, 14, 20, 365]) {
    rows.push([cap, ...stepped.flatMap((all) => {
      const errors = all.map(({ tau, series }) => Math.abs(locateStep(series, 0, series.values.length, cap).index - tau));
      return [10, 5].map((width) => percent(errors.filter((error) => error <= width).length, all.length, 1));
    })]);
  }
  table(`Cap of the loss that places a change (1: the likeliest place), one step known to be there, seeds ${CHOICE_SEEDS.join(', ')}`, rows);
}

/** What spikes do to the noise that is measured, by where the gross ones begin; the truth is φ = .3, sd 2 %. */
function chooseGrossSpike(): void {
  const rows: Cells[] = [['gross from, sd', 'phi, spikes 2 %', 'sd', 'phi, no spikes', 'sd']];
  for (const gross of [3, 4.5, 6, 1e9]) {
    rows.push([gross === 1e9 ? 'never' : gross, ...(['outlier', 'main'] as const).flatMap((name) => {
      const noises = CHOICE_SEEDS.flatMap((seed) => corpus(name, seed).slice(200, 500)).map(({ values }) => {
        const logs = values.map(Math.log);
        return residualNoise(clipSeries(logs, noiseOf(logs).sd, gross), []);
      });
      const average = (pick: (noise: Noise) => number): number => noises.reduce((sum, noise) => sum + pick(noise), 0) / noises.length;
      return [average(({ phi }) => phi).toFixed(3), average(({ sd }) => sd).toFixed(4)];
    })]);
  }
  table(`Gross spikes, seeds ${CHOICE_SEEDS.join(', ')}`, rows);
}

function chooseNightlyLevel(): void {
  const series = [11, 12].flatMap((seed) => corpus('main', seed).slice(100, 500));
  const rows = [0.002, 0.001, 0.0007, 0.0005, 0.0002].map((nightlyLevel) => replayRow(String(nightlyLevel), replay(series, { ...DEFAULT_WATCH_OPTIONS, nightlyLevel })));
  table('Nightly level: series 100 to 499 of main, seeds 11, 12', [REPLAY_HEAD, ...rows]);
}

const began = performance.now();
if (process.argv.includes('--choose')) {
  chooseGrossSpike();
  chooseLossCap();
  chooseRate();
  chooseNightlyLevel();
} else {
  detection();
  calibration();
  nightlyReplay();
  if (process.argv.includes('--write')) {
    const file = new URL('../../reports/detector.json', import.meta.url);
    writeFileSync(file, `${JSON.stringify({ measuredAt: new Date().toISOString(), command: 'npm run bench:detect -- --write', detectorSha256: await detectorHash(), tables: scorecard }, null, 1)}\n`);
    console.log(`\nwritten: ${file.pathname}`);
  }
}
console.log(`\n${((performance.now() - began) / 1000).toFixed(0)} s`);
