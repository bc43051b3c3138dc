import { ink } from './ink.ts';

/** CSS pixels; smaller text is hard to read on a phone. */
export const CHART_FONT_PX = 12;

const label = { color: ink('muted'), fontSize: CHART_FONT_PX } as const;

/** A numeric axis in the report's style, named at its end. */
export function valueAxis(name: string): Readonly<Record<string, unknown>> {
  return {
    type: 'value', name, nameLocation: 'middle', nameGap: 30, nameTextStyle: { color: ink('text'), fontSize: CHART_FONT_PX },
    axisLabel: { ...label, hideOverlap: true }, axisLine: { show: true, lineStyle: { color: ink('muted') } }, axisTick: { show: false }, splitLine: { lineStyle: { color: ink('grid') } }, splitNumber: 5,
  };
}

/** A categorical axis, first category on top; labels longer than `widthPx` are cut, null cuts none. */
export function categoryAxis(data: readonly string[], widthPx: number | null): Readonly<Record<string, unknown>> {
  return {
    type: 'category', data, inverse: true, axisLabel: { color: ink('text'), fontSize: CHART_FONT_PX, interval: 0, ...(widthPx === null ? {} : { width: widthPx, overflow: 'truncate' }) },
    axisLine: { lineStyle: { color: ink('muted') } }, axisTick: { show: false }, splitLine: { show: false },
  };
}
