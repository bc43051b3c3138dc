import { CHART_FONT_PX, valueAxis } from './axis.ts';
import type { Chart } from './draw.ts';
import { ink, seriesStyle } from './ink.ts';

const BINS = 48;
/** A long tail would squeeze the rest into one bin: beyond this share, or this many spreads (5 % to 95 %) above the median, samples are counted, not drawn. */
const DRAWN_SHARE = 0.995;
const DRAWN_SPREADS = 4;

/** Counts of equal bins over the drawn range. */
export interface LatencyBins {
  readonly lowMs: number;
  readonly widthMs: number;
  readonly counts: readonly number[];
  /** Samples above the drawn range. */
  readonly above: number;
  readonly total: number;
}

/** A quantile to mark, with the text to show. */
export interface QuantileMark {
  readonly valueMs: number;
  readonly text: string;
}

/** Bins of the samples, ms, over a range that holds the marks; null when there is nothing to bin. */
export function latencyBins(samplesMs: Float64Array, marks: readonly QuantileMark[]): LatencyBins | null {
  const sorted = samplesMs.toSorted();
  const lowMs = sorted[0];
  if (lowMs === undefined) return null;
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? lowMs;
  const highest = Math.max(Math.min(at(DRAWN_SHARE), at(0.5) + DRAWN_SPREADS * (at(0.95) - at(0.05))), ...marks.map((mark) => mark.valueMs));
  const spanMs = highest > lowMs ? (highest - lowMs) * 1.0001 : Math.max(lowMs * 0.01, 1e-9);
  const widthMs = spanMs / BINS;
  const counts = Array.from({ length: BINS }, () => 0);
  let above = 0;
  for (const sample of sorted) {
    const bin = Math.floor((sample - lowMs) / widthMs);
    const count = counts[bin];
    if (count === undefined) above++;
    else counts[bin] = count + 1;
  }
  return { lowMs, widthMs, counts, above, total: sorted.length };
}

/** How often each latency was seen in the steady part, quantiles marked. */
export function latencyHistogram(bins: LatencyBins, marks: readonly QuantileMark[]): Chart {
  const edge = (index: number): number => bins.lowMs + index * bins.widthMs;
  const outline = [[edge(0), 0], ...bins.counts.flatMap((count, i) => [[edge(i), count], [edge(i + 1), count]]), [edge(bins.counts.length), 0]];
  const inside = marks.filter((mark) => mark.valueMs >= bins.lowMs && mark.valueMs <= edge(bins.counts.length));
  return {
    width: 560, height: 300,
    description: `Distribution of ${bins.total} latencies; ${marks.map((mark) => mark.text).join(', ')}`,
    option: {
      grid: { left: 52, right: 26, top: 62, bottom: 44 },
      xAxis: { ...valueAxis('latency, ms'), min: edge(0), max: edge(bins.counts.length), axisLabel: { color: ink('muted'), fontSize: CHART_FONT_PX, hideOverlap: true, showMinLabel: false, showMaxLabel: false } },
      yAxis: { ...valueAxis('inferences'), nameGap: 38, minInterval: 1, splitNumber: 3 },
      series: [{
        type: 'line', silent: true, symbol: 'none', data: outline, lineStyle: { color: seriesStyle(0).color, width: 1 }, areaStyle: { color: seriesStyle(0).color, opacity: 0.35 }, emphasis: { disabled: true },
        markLine: {
          silent: true, symbol: 'none',
          data: inside.map((mark, i) => ({
            xAxis: mark.valueMs, lineStyle: { color: ink('text'), width: 1.25, type: (['solid', 'dashed', 'dotted'] as const)[i % 3] },
            label: { show: true, position: 'end', distance: 2 + 15 * (inside.length - 1 - i), formatter: mark.text, color: ink('text'), fontSize: CHART_FONT_PX, align: isRight(mark, bins) ? 'right' : 'left', textBorderWidth: 0 },
          })),
        },
      }],
    },
  };
}

/** Whether the mark's text must run to the left to stay inside. */
function isRight(mark: QuantileMark, bins: LatencyBins): boolean {
  return (mark.valueMs - bins.lowMs) / (bins.widthMs * bins.counts.length) > 0.6;
}
