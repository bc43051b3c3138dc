import { svg } from '../element.ts';
import type { SiteNight } from '../../../src/site/data.ts';
import { day, VERDICTS } from '../words.ts';

const BAR = 6;
const HEIGHT = 34;

/** Cases by verdict in each of some nights, as stacked bars of one height. */
export function nightStrip(nights: readonly Pick<SiteNight, 'startedAt' | 'counts' | 'planned'>[], title: string): SVGElement {
  const most = Math.max(1, ...nights.map(({ counts, planned }) => Math.max(planned, counts.reduce((sum, n) => sum + n, 0))));
  const bars = nights.map(({ startedAt, counts }, i) => {
    let top = HEIGHT;
    const parts = VERDICTS.map((status, k) => {
      const height = ((counts[k] ?? 0) / most) * HEIGHT;
      top -= height;
      return height === 0 ? null : svg('rect', { class: `state-${status}`, x: i * BAR, y: Math.round(top * 10) / 10, width: BAR - 1, height: Math.max(1, Math.round(height * 10) / 10) });
    });
    return svg('g', {}, svg('title', {}, `${day(startedAt)}: ${VERDICTS.map((status, k) => [counts[k] ?? 0, status] as const).filter(([n]) => n > 0).map(([n, status]) => `${n} ${status}`).join(', ') || 'nothing ran'}`), parts);
  });
  return svg('svg', { class: 'plot', viewBox: `0 0 ${nights.length * BAR} ${HEIGHT}`, width: nights.length * BAR, height: HEIGHT, role: 'img', 'aria-label': title }, bars);
}
