import type { CaseResult } from '../../domain/result.ts';
import type { RunReport } from '../../domain/run-report.ts';
import { caseLabel } from '../case-label.ts';
import { sustainedChart, sustainedCourse } from '../chart/sustained-course.ts';
import { escapeHtml } from '../escape-html.ts';
import { NUMBER_FORMAT } from '../number.ts';
import { figure } from './figure.ts';

/** Latency and temperature over the minutes of each sustained workload; nothing where there is none. */
export function sustainedSection(report: RunReport, results: readonly CaseResult[]): string {
  const figures = results.flatMap((result, index) => {
    const ratio = result.metrics['sustained_latency_ratio'];
    if (ratio === undefined) return [];
    const course = sustainedCourse(report.traces(result.key));
    if (course.latencies.length === 0) return [];
    const spread = NUMBER_FORMAT.spread(ratio);
    return [figure({
      id: `s${index}`, title: `${result.case.model} · ${caseLabel(result.case)}`,
      note: `Over ${NUMBER_FORMAT.plain(course.minutes, 3)} minutes; in the last one (shaded, like the first) an inference took ${NUMBER_FORMAT.plain(ratio.value, 3)} times as long as in the first${spread === '' ? '' : ` (${spread})`}.${course.temperatures.length === 0 ? ' This device tells no temperature.' : ''}`,
      chart: sustainedChart(course),
      data: { columns: ['what', 'minute', 'value'], rows: [...course.latencies.map((line) => ({ ...line, unit: 'latency ms' })), ...course.temperatures.map((line) => ({ ...line, unit: 'temperature °C' }))].flatMap(({ name, unit, points }) => points.map(([x, y]) => [`${name.replace(',', '')} ${unit}`, digits(x), digits(y)])) },
    })];
  });
  if (figures.length === 0) return '';
  return `<section id="sustained" aria-labelledby="h-sustained"><h2 id="h-sustained">Sustained load</h2><p class="note">${escapeHtml('What heat does over minutes: each point is the median of a short stretch.')}</p><div class="charts">${figures.join('\n')}</div></section>`;
}

/** Enough for any chart. */
function digits(value: number): number {
  return Number(value.toPrecision(5));
}
