import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { clipSeries } from '../../src/stats/series-clip.ts';
import { detectChanges, DEFAULT_DETECT_OPTIONS, type SeriesOutcome } from '../../src/stats/series-detect.ts';
import { levelsOf } from '../../src/stats/series-levels.ts';
import { residualNoise } from '../../src/stats/series-noise.ts';
import { readySeries } from '../../src/stats/series-ready.ts';
import { corpus, CORPORA, type CorpusName } from '../bench/corpus.ts';
import { ar1, share } from './simulation.ts';

const only = (values: readonly (number | null)[]): SeriesOutcome => {
  const [outcome] = detectChanges([values]);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
};
const changesOf = (values: readonly (number | null)[]): readonly { readonly index: number; readonly ratio: number; readonly p: number; readonly earliest: number; readonly latest: number }[] => {
  const outcome = only(values);
  if (outcome.state === 'not-judged') throw new Error(outcome.reason);
  return outcome.changes;
};
/** Noise of 2 %, AR(1) .3, over a course of levels. */
const nightly = (levelAt: (night: number) => number, nights: number, seed: string): number[] =>
  [...ar1(nights, 0.3, seededRandom(seed))].map((e, t) => levelAt(t) * (1 + 0.02 * e));

/** FNV-1a over the text of every value. */
function checksum(name: CorpusName, seed: number): string {
  let hash = 2166136261;
  for (const { id, tau, sign, values } of corpus(name, seed)) {
    for (const character of `${id},${tau ?? ''},${sign},${values.join(',')}\n`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  return (hash >>> 0).toString(16);
}

test('the corpora are those of the reference generator', () => {
  // Checksums of the Python reference's own output, BASE_SEED 20261122.
  const names = ['main', 'ar06', 'outlier', 'step2'] as const;
  expect(names.map((name) => checksum(name, 20261122))).toEqual(['4e5621fd', '9515c1ea', '98044091', 'cdfe902d']);
  expect(CORPORA.main.nights).toBe(365);
});

test('a 5 % step is found where it is, with its size, and nothing else is', () => {
  const [change, ...more] = changesOf(nightly((t) => (t < 200 ? 100 : 105), 365, 'step'));
  expect(more).toEqual([]);
  expect(Math.abs((change?.index ?? 0) - 200)).toBeLessThanOrEqual(3);
  expect(change?.ratio).toBeCloseTo(1.05, 2);
  expect(change?.earliest).toBeLessThanOrEqual(200);
  expect(change?.latest).toBeGreaterThanOrEqual(200);
  expect(change?.p).toBeLessThan(1e-10);
});

test('several levels, and a rise that is taken back, are found', () => {
  const levels = nightly((t) => (t < 80 ? 100 : t < 160 ? 106 : t < 280 ? 98 : 103), 365, 'levels');
  expect(changesOf(levels).map(({ index }) => Math.round(index / 20) * 20)).toEqual([80, 160, 280]);
  const ratios = changesOf(nightly((t) => (t >= 170 && t < 200 ? 106 : 100), 365, 'hump')).map(({ ratio }) => ratio > 1);
  expect(ratios).toEqual([true, false]);
});

test('main corpus: the goals hold on a seed that chose nothing', () => {
  const series = corpus('main', 777);
  const outcomes = detectChanges(series.map(({ values }) => [...values]));
  let [hits, found, flagged] = [0, 0, 0];
  for (const [i, outcome] of outcomes.entries()) {
    const changes = outcome.state === 'judged' ? outcome.changes : [];
    const tau = series[i]?.tau ?? null;
    found += changes.length;
    if (tau === null && changes.length > 0) flagged++;
    if (tau !== null && changes.some(({ index }) => Math.abs(index - tau) <= 10)) hits++;
  }
  expect(hits).toBeGreaterThanOrEqual(199);
  expect(found - hits).toBeLessThanOrEqual(1);
  expect(flagged).toBeLessThanOrEqual(1);
});

test('p keeps its promise on noise alone, in short series and in strongly autocorrelated ones', () => {
  for (const [nights, phi] of [[20, 0.3], [60, 0.6], [200, 0.8], [365, 0]] as const) {
    const random = seededRandom(`noise ${nights} ${phi}`);
    const found = share(600, () => {
      const ready = readySeries([...ar1(nights, phi, random)].map((e) => Math.exp(0.02 * e)), 0.01);
      return !('reason' in ready) && levelsOf(ready.series, { level: 1e-9, minShift: 0.01 }).p <= 0.05;
    });
    expect(found).toBeLessThanOrEqual(0.065);
  }
});

test('noise around levels is measured within a few percent of the truth', () => {
  const random = seededRandom('residual');
  const ratios = Array.from({ length: 200 }, () => residualNoise(ar1(365, 0.6, random).map((e, t) => e + (t < 150 ? 0 : 5)), [150]).longRunSd / 2);
  expect(ratios.reduce((a, b) => a + b, 0) / ratios.length).toBeCloseTo(1, 1);
});

test('spikes are neither changes nor hide one', () => {
  const random = seededRandom('spikes');
  const spiky = nightly((t) => (t < 200 ? 100 : 105), 365, 'spiky').map((value) => (random() < 0.03 ? value * 1.4 : value));
  expect(changesOf(spiky).map(({ index }) => Math.abs(index - 200) <= 5)).toEqual([true]);
  expect([...clipSeries([1, 1, 1, 1, 1, 9, 1, 1, 1, 1, 5], 0.1)].every((value) => value <= 1.3 + 1e-12)).toBe(true);
});

test('absent nights are no points, and positions still count them', () => {
  const values: (number | null)[] = nightly((t) => (t < 200 ? 100 : 105), 365, 'absent');
  for (let t = 0; t < 365; t++) if (t % 3 === 0 || (t > 90 && t < 120)) values[t] = null;
  const [change] = changesOf(values);
  expect(Math.abs((change?.index ?? 0) - 200)).toBeLessThanOrEqual(4);
  expect(values[change?.index ?? 0]).not.toBeNull();
});

test('an exact series (a file size) changes when it changes, and a change too small to matter does not count', () => {
  const size = Array.from({ length: 60 }, (_, t) => (t < 40 ? 12.5 : 13));
  expect(changesOf(size)).toMatchObject([{ index: 40, earliest: 40, latest: 40 }]);
  expect(changesOf(Array.from({ length: 60 }, (_, t) => (t < 40 ? 12.5 : 12.55)))).toEqual([]);
  expect(changesOf(Array.from({ length: 60 }, () => 7))).toEqual([]);
  expect(changesOf(Array.from({ length: 60 }, (_, t) => (t === 30 ? 9 : 7)))).toEqual([]);
});

test('a series that can not be judged says why, the others are judged, and a value of which there is no ratio is no point', () => {
  const good = nightly((t) => (t < 50 ? 100 : 120), 100, 'good');
  const outcomes = detectChanges([[1, 2, 3], good.map((value, t) => (t === 7 ? 0 : value)), good.map((value, t) => (t === 9 ? Number.NaN : value)), [], good]);
  expect(outcomes.map((outcome) => (outcome.state === 'judged' ? outcome.changes.length : outcome.reason))).toEqual([
    expect.stringContaining('it has 3 values'), 1, 1, expect.stringContaining('it has 0 values'), 1,
  ]);
});

test('the unit does not matter, and a fall is as good as a rise', () => {
  const values = nightly((t) => (t < 120 ? 100 : 104), 240, 'unit');
  const places = (scale: (value: number) => number): number[] => changesOf(values.map(scale)).map(({ index }) => index);
  expect(places((value) => value * 1e9)).toEqual(places((value) => value));
  expect(places((value) => 1 / value)).toEqual(places((value) => value));
});

test('the smallest effect and the false discovery rate are obeyed', () => {
  const values = nightly((t) => (t < 200 ? 100 : 105), 365, 'options');
  expect(detectChanges([values], { ...DEFAULT_DETECT_OPTIONS, minEffect: 0.08 })).toMatchObject([{ changes: [] }]);
  expect(detectChanges([values], { ...DEFAULT_DETECT_OPTIONS, falseDiscoveryRate: 1e-300 })).toMatchObject([{ changes: [] }]);
});
