import type { ConditionSample } from '../../domain/condition.ts';
import type { LaunchTrace } from '../../domain/run-report.ts';
import { CHART_FONT_PX, valueAxis } from './axis.ts';
import type { Chart } from './draw.ts';
import { ink, seriesStyle } from './ink.ts';
import type { CoursePoint } from './min-max.ts';

const NS_PER_MS = 1e6;
const NS_PER_MINUTE = 60e9;
const WIDTH_PX = 620;
const LATENCY_PX = 190;
const PANEL_PX = 110;
/** Room above a panel for its name. */
const NAME_PX = 30;
/** Medians over so many equal stretches: some five pixels each. */
const STRETCHES = 120;

const TEMPERATURES: readonly { readonly name: string; readonly read: (sample: ConditionSample) => number | undefined }[] = [
  { name: 'hottest zone', read: (sample) => sample.temperatureC },
  { name: 'case', read: (sample) => sample.skinTemperatureC },
  { name: 'battery', read: (sample) => sample.batteryTemperatureC },
];

/** Points of one quantity of one launch; x in minutes. */
export interface SustainedLine {
  readonly launch: number;
  readonly name: string;
  readonly points: readonly CoursePoint[];
}

export interface SustainedCourse {
  readonly minutes: number;
  /** Median latency of each stretch, ms. */
  readonly latencies: readonly SustainedLine[];
  /** °C; none where the device tells none. */
  readonly temperatures: readonly SustainedLine[];
}

/** Launches of a sustained workload, each from its own start. */
export function sustainedCourse(traces: readonly LaunchTrace[]): SustainedCourse {
  const filled = traces.filter((trace) => trace.latenciesNs.length > 0);
  const minutes = filled.reduce((most, trace) => Math.max(most, ((trace.startsNs.at(-1) ?? 0) + (trace.latenciesNs.at(-1) ?? 0)) / NS_PER_MINUTE), 0);
  return {
    minutes,
    latencies: filled.map((trace, launch) => ({ launch, name: `launch ${launch + 1}`, points: stretchMedians(trace) })),
    temperatures: filled.flatMap((trace, launch) => TEMPERATURES.map(({ name, read }) => ({
      launch, name: filled.length === 1 ? name : `${name}, launch ${launch + 1}`,
      points: trace.conditions.flatMap((sample): CoursePoint[] => {
        const value = read(sample);
        return value === undefined || sample.timeNs < 0 ? [] : [[sample.timeNs / NS_PER_MINUTE, value]];
      }),
    }))).filter(({ points }) => points.length > 0),
  };
}

function stretchMedians({ startsNs, latenciesNs }: LaunchTrace): readonly CoursePoint[] {
  const endNs = (startsNs.at(-1) ?? 0) + 1;
  const points: CoursePoint[] = [];
  let from = 0;
  for (let stretch = 1; stretch <= STRETCHES; stretch++) {
    const untilNs = (endNs * stretch) / STRETCHES;
    let to = from;
    while (to < startsNs.length && (startsNs[to] ?? 0) < untilNs) to++;
    const sorted = latenciesNs.slice(from, to).sort();
    const median = sorted[Math.floor(sorted.length / 2)];
    if (median !== undefined) points.push([(untilNs - endNs / (2 * STRETCHES)) / NS_PER_MINUTE, median / NS_PER_MS]);
    from = to;
  }
  return points;
}

/** Latency over time with the first and the last minute shaded, temperature below on the same time axis. */
export function sustainedChart({ minutes, latencies, temperatures }: SustainedCourse): Chart {
  const hasPanel = temperatures.length > 0;
  const grids = [{ left: 62, right: 92, top: 26, height: LATENCY_PX }, ...(hasPanel ? [{ left: 62, right: 92, top: 26 + LATENCY_PX + NAME_PX, height: PANEL_PX }] : [])];
  const last = grids.length - 1;
  const shaded = [[{ xAxis: 0 }, { xAxis: 1 }], [{ xAxis: Math.max(0, minutes - 1) }, { xAxis: minutes }]];
  const line = (grid: number, index: number, { name, points }: SustainedLine): Readonly<Record<string, unknown>> => ({
    type: 'line', silent: true, symbol: 'none', xAxisIndex: grid, yAxisIndex: grid, data: points, lineStyle: { color: seriesStyle(index).color, width: 1.5 }, emphasis: { disabled: true },
    endLabel: { show: true, formatter: name, color: seriesStyle(index).color, fontSize: CHART_FONT_PX, distance: 4, width: 86, overflow: 'break' },
  });
  const range = (lines: readonly SustainedLine[]): { min: number; max: number } => {
    const values = lines.flatMap(({ points }) => points.map(([, y]) => y));
    return { min: Math.floor(Math.min(...values) / 5) * 5, max: Math.ceil(Math.max(...values) / 5) * 5 + 1 };
  };
  return {
    width: WIDTH_PX, height: 26 + LATENCY_PX + (hasPanel ? NAME_PX + PANEL_PX : 0) + 50,
    description: `Median latency over ${minutes.toFixed(1)} minutes${hasPanel ? `, with temperature of ${temperatures.map(({ name }) => name).join(', ')} below` : ''}`,
    option: {
      grid: grids,
      xAxis: grids.map((_, i) => ({ ...valueAxis(i === last ? 'time, minutes' : ''), gridIndex: i, min: 0, max: minutes, axisLabel: { show: i === last, color: ink('muted'), fontSize: CHART_FONT_PX, showMaxLabel: false, hideOverlap: true }, splitLine: { show: false } })),
      yAxis: grids.map((_, i) => ({ ...valueAxis(i === 0 ? 'latency, ms' : 'temperature, °C'), gridIndex: i, splitNumber: i === 0 ? 4 : 2, nameGap: 42, ...(i === 0 ? { min: 0 } : range(temperatures)), axisLabel: { color: ink('muted'), fontSize: CHART_FONT_PX, showMaxLabel: false } })),
      series: [
        ...latencies.map((each, i) => ({ ...line(0, i, each), ...(latencies.length === 1 ? { endLabel: { show: false } } : {}), ...(i === 0 ? { markArea: { silent: true, itemStyle: { color: ink('warm'), opacity: 0.3 }, data: shaded } } : {}) })),
        ...temperatures.map((each, i) => line(1, i + 1, each)),
      ],
    },
  };
}
