import type { ConditionSample } from '../../domain/condition.ts';
import type { LaunchTrace } from '../../domain/run-report.ts';
import { CHART_FONT_PX, valueAxis } from './axis.ts';
import type { Chart } from './draw.ts';
import { ink, seriesStyle } from './ink.ts';
import { type CoursePoint, minMaxBuckets } from './min-max.ts';

const NS_PER_S = 1e9;
const NS_PER_MS = 1e6;
const WIDTH_PX = 620;
const MAIN_PX = 190;
const PANEL_PX = 70;
/** Room above a panel for its name. */
const PANEL_NAME_PX = 24;
/** Buckets over all launches together: about one a pixel, two points each. */
const BUCKETS = 260;
/** The latency axis ends here above the 99th percentile of what is steady, so that the first inference doesn't flatten the rest. */
const HEADROOM = 1.3;

const PANELS: readonly { readonly name: string; readonly fromZero: boolean; readonly read: (sample: ConditionSample) => number | undefined }[] = [
  { name: 'temperature, °C', fromZero: false, read: (sample) => sample.temperatureC },
  { name: 'temperature of the case, °C', fromZero: false, read: (sample) => sample.skinTemperatureC },
  { name: 'thermal status (0 none to 6 shutdown)', fromZero: true, read: (sample) => sample.thermalStatus },
  { name: 'fastest core’s clock, % of its ceiling', fromZero: true, read: (sample) => percent(sample.frequencyRatio) },
  { name: 'steal, %', fromZero: true, read: (sample) => percent(sample.steal) },
  { name: 'CPU pressure, %', fromZero: true, read: (sample) => percent(sample.cpuPressure) },
  { name: 'load', fromZero: true, read: (sample) => sample.load1 },
];

/** One launch laid on the common time axis. x in s, y in ms. */
export interface CourseLaunch {
  readonly label: string;
  readonly startS: number;
  readonly warmEndS: number;
  readonly endS: number;
  readonly points: readonly CoursePoint[];
}

export interface CoursePanel {
  readonly name: string;
  readonly fromZero: boolean;
  readonly launches: readonly (readonly CoursePoint[])[];
}

/** Latencies of all launches one after another, and the conditions that were sampled. */
export interface LatencyCourse {
  readonly launches: readonly CourseLaunch[];
  readonly panels: readonly CoursePanel[];
  /** Top of the drawn latency range, ms. */
  readonly topMs: number;
  /** Samples above it. */
  readonly above: number;
  readonly total: number;
}

/** Lays the launches side by side with a small gap, and thins them. */
export function latencyCourse(traces: readonly LaunchTrace[]): LatencyCourse {
  const filled = traces.filter((trace) => trace.latenciesNs.length > 0);
  const durations = filled.map((trace) => ((trace.startsNs.at(-1) ?? 0) + (trace.latenciesNs.at(-1) ?? 0)) / NS_PER_S);
  const gapS = 0.03 * durations.reduce((sum, s) => sum + s, 0);
  const steady = Float64Array.from(filled.flatMap((trace) => Array.from(trace.latenciesNs.subarray(trace.warmupSamples)))).sort();
  const topMs = (HEADROOM * (steady[Math.floor(0.99 * steady.length)] ?? Math.max(...filled.map((trace) => trace.latenciesNs[0] ?? 0)))) / NS_PER_MS;
  const offsets: number[] = [];
  let clockS = 0;
  for (const duration of durations) {
    offsets.push(clockS);
    clockS += duration + gapS;
  }
  const offset = (index: number): number => offsets[index] ?? 0;
  const buckets = Math.ceil(BUCKETS / Math.max(filled.length, 1));
  const launches = filled.map((trace, i): CourseLaunch => ({
    label: trace.attempt > 1 ? `launch ${i + 1} (attempt ${trace.attempt})` : `launch ${i + 1}`,
    startS: offset(i), endS: offset(i) + (durations[i] ?? 0),
    warmEndS: offset(i) + (trace.warmupSamples === 0 ? 0 : (trace.startsNs[trace.warmupSamples] ?? (durations[i] ?? 0) * NS_PER_S) / NS_PER_S),
    points: minMaxBuckets(trace.startsNs.map((ns) => offset(i) + ns / NS_PER_S), trace.latenciesNs.map((ns) => ns / NS_PER_MS), buckets),
  }));
  const panels = PANELS.map(({ name, fromZero, read }): CoursePanel => ({ name, fromZero, launches: filled.map((trace, i) => conditionPoints(trace, read, offset(i), gapS)) })).filter((panel) => panel.launches.some((points) => points.length > 0));
  let above = 0;
  for (const trace of filled) for (const ns of trace.latenciesNs) if (ns / NS_PER_MS > topMs) above++;
  return { launches, panels, topMs, above, total: filled.reduce((sum, trace) => sum + trace.latenciesNs.length, 0) };
}

/** Samples from before the launch are drawn at most half a gap early. */
function conditionPoints(trace: LaunchTrace, read: (sample: ConditionSample) => number | undefined, offsetS: number, gapS: number): readonly CoursePoint[] {
  return trace.conditions.flatMap((sample): readonly CoursePoint[] => {
    const value = read(sample);
    return value === undefined ? [] : [[offsetS + Math.max(sample.timeNs / NS_PER_S, -gapS / 2), value]];
  });
}

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : 100 * share;
}

/** Time line of latencies with warm-up shaded, conditions in panels below on the same time axis. */
export function courseChart(course: LatencyCourse): Chart {
  const grids = [{ left: 62, right: 16, top: 26, height: MAIN_PX }, ...course.panels.map((_, i) => ({ left: 62, right: 16, top: 26 + MAIN_PX + PANEL_NAME_PX + i * PANEL_PX, height: PANEL_PX - PANEL_NAME_PX }))];
  const last = grids.length - 1;
  const endS = course.launches.at(-1)?.endS ?? 1;
  const { color } = seriesStyle(0);
  return {
    width: WIDTH_PX, height: 26 + MAIN_PX + course.panels.length * PANEL_PX + 50,
    description: `Latency over time in ${course.launches.length} launches${course.panels.length === 0 ? '' : `, with ${course.panels.map((panel) => panel.name).join(', ')} below`}`,
    option: {
      grid: grids,
      xAxis: grids.map((_, i) => ({ ...valueAxis(i === last ? 'time measured, s (launches one after another)' : ''), gridIndex: i, min: 0, max: endS, axisLabel: { show: i === last, color: ink('muted'), fontSize: CHART_FONT_PX, showMaxLabel: false, hideOverlap: true }, splitLine: { show: false } })),
      yAxis: grids.map((_, i) => ({ ...valueAxis(i === 0 ? 'latency, ms' : (course.panels[i - 1]?.name ?? '')), gridIndex: i, splitNumber: 4, ...(i === 0 ? { nameGap: 42, min: 0, max: course.topMs, axisLabel: { color: ink('muted'), fontSize: CHART_FONT_PX, showMaxLabel: false } } : { nameLocation: 'end', nameGap: 5, nameTextStyle: { align: 'left', color: ink('text'), fontSize: CHART_FONT_PX }, ...panelRange(course.panels[i - 1]) }) })),
      series: [
        ...course.launches.map((launch) => ({
          type: 'line', silent: true, symbol: 'none', clip: true, data: launch.points, lineStyle: { color, width: 1 }, emphasis: { disabled: true },
          markArea: { silent: true, itemStyle: { color: ink('warm'), opacity: 0.3 }, data: launch.warmEndS > launch.startS ? [[{ xAxis: launch.startS }, { xAxis: launch.warmEndS }]] : [] },
          markLine: { silent: true, symbol: 'none', lineStyle: { color: ink('muted'), width: 1, type: 'solid' }, data: [{ xAxis: launch.startS, label: { show: course.launches.length <= 6, position: 'end', formatter: launch.label, align: 'left', color: ink('muted'), fontSize: CHART_FONT_PX, distance: 4, textBorderWidth: 0 } }] },
        })),
        ...course.panels.flatMap((panel, i) => panel.launches.map((points) => ({ type: 'line', silent: true, symbol: 'circle', symbolSize: 3, xAxisIndex: i + 1, yAxisIndex: i + 1, data: points, lineStyle: { color: seriesStyle(1).color, width: 1.5 }, itemStyle: { color: seriesStyle(1).color, opacity: 1 }, emphasis: { disabled: true } }))),
      ],
    },
  };
}

/** A round range that holds the panel's values, with two labels: there is no room for more. */
function panelRange(panel: CoursePanel | undefined): Readonly<Record<string, unknown>> {
  const values = panel?.launches.flatMap((points) => points.map(([, y]) => y)) ?? [];
  const fromZero = panel?.fromZero ?? true;
  const least = fromZero ? 0 : Math.min(...values);
  const greatest = Math.max(...values);
  const step = niceStep(greatest - least || 1);
  const min = Math.floor(least / step) * step;
  const max = Math.max(Math.ceil(greatest / step) * step, min + step);
  return { min, max, interval: max - min };
}

/** 1, 2 or 5 times a power of ten, near a third of the span. */
function niceStep(span: number): number {
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}
