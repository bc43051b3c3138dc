import type { SiteNight } from '../../../src/site/data.ts';
import { svg } from '../element.ts';
import { day, VERDICTS } from '../words.ts';
import { figures, laneName, type Ends } from './ends.ts';
import { plainScale } from './scale.ts';

/** One run of a device. */
export interface DeviceNight {
  readonly night: SiteNight;
  /** Cases by verdict. */
  readonly counts: readonly number[];
  readonly temperatureMaxC: number | null;
  readonly cpuPressureMax: number | null;
  readonly throttleEvents: number | null;
  readonly incident: string | null;
}

const WIDTH = 1080;
const LEFT = 74;
const RIGHT = 56;
const ENDS: Ends = [LEFT, WIDTH - RIGHT];
const BARS = 90;
const LANE = 56;
const DATE_GAP = 82;

const LANES: readonly (readonly [string, (night: DeviceNight) => number | null])[] = [
  ['highest temperature, °C', (night) => night.temperatureMaxC], ['throttling events', (night) => night.throttleEvents], ['highest CPU pressure, %', (night) => (night.cpuPressureMax === null ? null : 100 * night.cpuPressureMax)],
];

/** Verdicts of each run as bars, the device's state below on the same axis, incident nights shaded through both. */
export function deviceCourse(nights: readonly DeviceNight[], description: string): SVGElement {
  const step = (WIDTH - LEFT - RIGHT) / nights.length;
  const bar = Math.min(Math.max(step - 1, step / 2), 18);
  const x = (i: number): number => Math.round((LEFT + (i + 0.5) * step) * 10) / 10;
  const lanes = LANES.filter(([, read]) => nights.some((night) => read(night) !== null));
  const height = BARS + 44 + lanes.length * LANE;
  const most = Math.max(1, ...nights.map(({ counts }) => counts.reduce((sum, n) => sum + n, 0)));
  const every = Math.max(1, Math.ceil(nights.length / Math.floor((WIDTH - LEFT - RIGHT) / DATE_GAP)));
  return svg('svg', { class: 'plot', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': description },
    nights.map(({ incident, night }, i) => (incident === null ? null : svg('rect', { class: 'incident', x: x(i) - step / 2, width: step, y: 0, height }, svg('title', {}, `${day(night.startedAt)}: ${incident}`)))),
    figures(ENDS, [[String(most), 14], ['0', BARS + 4]]), svg('text', { class: 'axis-name', transform: `translate(15 ${BARS / 2 + 4}) rotate(-90)`, 'text-anchor': 'middle' }, 'cases'),
    nights.map(({ counts, night }, i) => {
      let top = BARS;
      return svg('g', {}, svg('title', {}, `${day(night.startedAt)}: ${VERDICTS.map((status, k) => `${counts[k] ?? 0} ${status}`).join(', ')}`), VERDICTS.map((status, k) => {
        const size = ((counts[k] ?? 0) / most) * (BARS - 8);
        top -= size;
        return size === 0 ? null : svg('rect', { class: `state-${status}`, x: x(i) - bar / 2, y: top, width: bar, height: size });
      }));
    }),
    nights.map(({ night }, i) => (i % every === 0 ? svg('text', { x: x(i), y: BARS + 20, 'text-anchor': 'middle' }, new Date(night.startedAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })) : null)),
    lanes.map(([name, read], k) => {
      const top = BARS + 36 + k * LANE;
      const values = nights.flatMap((night, i) => {
        const value = read(night);
        return value === null ? [] : [{ i, value }];
      });
      const greatest = Math.max(...values.map(({ value }) => value));
      const low = name.includes('temperature') ? Math.min(...values.map(({ value }) => value)) : 0;
      const y = plainScale(low, greatest === low ? low + 1 : greatest, top + LANE - 6, top + 18);
      return svg('g', {}, laneName(ENDS, name, top + 11), figures(ENDS, [[greatest.toFixed(greatest >= 10 || Number.isInteger(greatest) ? 0 : 1), top + 24], [low.toFixed(0), top + LANE - 4]]),
        svg('polyline', { class: 'thin', points: values.map(({ i, value }) => `${x(i)},${y.at(value)}`).join(' ') }));
    }));
}
