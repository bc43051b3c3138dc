import type { VerdictStatus } from '../../../src/domain/verdict.ts';
import { svg, type Child } from '../element.ts';

/** What the colours of bars by verdict mean. */
export function barLegend(states: readonly VerdictStatus[], hasIncidents: boolean): readonly (readonly [Child, string])[] {
  const sign = (className: string): Element => svg('svg', { class: 'plot', viewBox: '0 0 26 12', 'aria-hidden': 'true' }, svg('rect', { class: className, x: 6, y: 2, width: 14, height: 8 }));
  return [...states.map((state) => [sign(`state-${state}`), state] as const), ...(hasIncidents ? [[sign('incident'), 'device incident'] as const] : [])];
}
