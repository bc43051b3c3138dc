import type { Catalogue } from './catalogue.ts';
import type { Choice } from './control.ts';

const DAY_MS = 86_400_000;
const DAYS: readonly Choice[] = [{ value: '7', label: '7 days' }, { value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '180', label: 'half a year' }, { value: '365', label: 'a year' }, { value: 'all', label: 'all nights' }];

/** How far back from the newest night a view can look, the usual one first. */
export function spans(usual: '30' | '90'): readonly Choice[] {
  return [...DAYS.filter(({ value }) => value === usual), ...DAYS.filter(({ value }) => value !== usual)];
}

/** When a span begins (ISO 8601); empty: with the first night. */
export function beginOf(catalogue: Catalogue, span: string): string {
  const newest = catalogue.overview.nights.at(-1)?.startedAt;
  return span === 'all' || newest === undefined ? '' : new Date(Date.parse(newest) - Number(span) * DAY_MS).toISOString();
}
