import { METRICS } from '../../domain/metric.ts';
import { escapeHtml } from '../escape-html.ts';
import { metricWords } from '../metric-names.ts';

const TERMS: readonly (readonly [string, string])[] = [
  ['± and interval', 'The true value lies inside with 95 % confidence, judged from how much separate launches of the same case differ. ±1.2 % is half of the interval’s width. Very wide intervals show their two ends instead. Neither: too few launches to say.'],
  ['Launch', 'One start of the measuring process. Launches, not single inferences, are what is counted (n), because all inferences of one process share its luck.'],
  ['Warm-up', 'The first inferences, until the latency is steady. They are shown, and don’t count.'],
  ['p50, p90, p99', 'Half, nine in ten, ninety-nine in a hundred inferences took no longer than this.'],
  ['Invalid', 'The case ran, but its output was wrong, the delegate that was asked for did not run it, or the device was throttled or busy. Its numbers are struck out and never ranked.'],
  ['★ best, ☆ level', 'Among valid cases of one model, workload and device. Level: the interval overlaps the best’s, so neither is shown to be better.'],
  ['—', 'Not measured; the case’s detail says why. It never means zero.'],
  ['Pareto front', 'The cases that no other case beats on both axes.'],
  ['Steal', 'CPU time that the hypervisor gave to other guests. It widens the intervals.'],
  ['Pressure', 'Share of time in which some task waited for a CPU.'],
];

/** How to read the report. */
export function glossarySection(metricNames: readonly string[]): string {
  const metrics = metricNames.filter((name) => Object.hasOwn(METRICS, name) && !/^latency_p\d/.test(name)).map((name): readonly [string, string] => [metricWords(name).label, metricWords(name).meaning ?? '']);
  const items = [...TERMS, ...metrics].map(([term, meaning]) => `<div><dt>${escapeHtml(term)}</dt><dd>${escapeHtml(meaning)}</dd></div>`).join('');
  return `<section id="glossary" aria-labelledby="h-glossary"><h2 id="h-glossary">How to read this</h2><dl class="glossary">${items}</dl></section>`;
}
