import type { Comparison } from '../../src/domain/result.ts';
import { openStore } from '../../src/store/open-store.ts';
import { labCases, labDevices, labResult, nightRunId, nightTime, SMALL_LAB, SMALL_LAB_STORY, storeLab, storeLabEvents, type SyntheticLab } from './synthetic.ts';

/** A lab with something of everything that a page can show, and few cases. */
export const VIEW_LAB: SyntheticLab = { ...SMALL_LAB, seed: 'views', models: SMALL_LAB.models.slice(0, 3), variants: ['fp32', 'int8-static'] };

const NEWEST = VIEW_LAB.nights - 1;

/** The newest night has all verdicts, a second suite with another runtime and workload, a canary, comparisons and warnings; the past has a device incident, events in all states and a night that was stopped. */
export function storeViews(path: string): void {
  storeLab(path, VIEW_LAB, new Set(SMALL_LAB_STORY.missing));
  const [confirmed] = storeLabEvents(path, VIEW_LAB);
  using store = openStore(path, { mode: 'write' });
  store.events.markNight(nightRunId(VIEW_LAB, SMALL_LAB_STORY.heatNight), 'pixel-8-b', 'canary 31 % slower than its own past at 47 °C');
  store.setAside({ device: 'rpi-5', reason: 'lost three times in a row', since: nightTime(VIEW_LAB, NEWEST), until: '2999-01-01T00:00:00.000Z' });
  if (confirmed === undefined) throw new Error('no event');
  const { id: _id, ...event } = confirmed;
  for (const state of ['refuted', 'fixed'] as const) store.events.add({ ...event, state, series: event.series.map((series) => ({ ...series, metric: 'peak_memory', fixedBy: state === 'fixed' ? nightRunId(VIEW_LAB, NEWEST - 5) : null })) });
  const last = nightRunId(VIEW_LAB, NEWEST);
  const results = [...store.results(last)];
  store.putResults(last, results.slice(-4).map((result, i) => ({ ordinal: results.length - 4 + i, result: { ...result, verdict: { status: 'skipped', reasons: [{ code: 'budget', message: 'the night’s budget of 6 h was spent' }] }, metrics: {}, launches: [] } })));
  store.addRunWarnings(last, [{ code: 'clock', message: 'the clock of galaxy-s24 is 40 s ahead' }]);
  const [base, head] = labCases(VIEW_LAB);
  store.putComparisons(last, (['regressed', 'improved', 'equivalent', 'noisy', 'incomparable'] as const).map((outcome): Comparison => ({
    base: base?.key ?? '', head: head?.key ?? '', metric: 'latency_p50', outcome, ratio: outcome === 'incomparable' ? null : 1.08, low: 1.05, high: 1.11, n: 6, materiality: 0.03, method: 'pairs', reason: `${outcome}: 6 pairs`,
  })));
  for (const [minutes, purpose, model, workload, runtime] of [[30, 'suite', 'server-model', 'photos', 'litert'], [-20, 'canary', 'canary', 'canary', 'onnxruntime']] as const) {
    const startedAt = new Date(Date.parse(nightTime(VIEW_LAB, NEWEST)) + minutes * 60_000).toISOString();
    const plan = labCases({ ...VIEW_LAB, models: [model], devices: ['pixel-8-a', 'galaxy-s24'], delegates: ['cpu'] }).map((planned) => ({ ...planned, key: `${planned.key}&${workload}`, case: { ...planned.case, workload, runtime } }));
    const id = `20261122-0${minutes < 0 ? '1' : '2'}3000-000${purpose.length}`;
    store.createRun({ info: { id, suite: `${purpose} beside`, purpose, preset: 'quick', seed: 7, status: 'running', startedAt, endedAt: null, paddock: '0.1.0', command: 'paddock run', warnings: [] }, suite: '{}', devices: labDevices(VIEW_LAB), cases: plan });
    store.putResults(id, plan.map((planned) => ({ ordinal: planned.ordinal, result: labResult({ ...VIEW_LAB, models: [model] }, planned, 0, () => 0.3) })));
    store.finishRun(id, 'interrupted', startedAt);
  }
}

function key(device: string, model: string, delegate: string): string {
  const found = labCases(VIEW_LAB).find((planned) => planned.case.device === device && planned.case.model === model && planned.case.delegate === delegate && planned.case.variant === 'fp32');
  if (found === undefined) throw new Error(`the lab has no ${model} on ${device}`);
  return encodeURIComponent(found.key);
}

/** Every kind of view by its name, and what the address of one holds after `#/`. */
export const VIEWS: Readonly<Record<string, string>> = {
  'last night': '', 'one night': `?night=${nightRunId(VIEW_LAB, NEWEST)}`, changes: 'changes', 'all changes': 'changes?since=all', 'event, regressed': 'changes?event=E1', 'event of a device': 'changes?event=E2', 'event, broke': 'changes?event=E3',
  matrix: 'matrix', compare: 'compare', 'compare devices': 'compare?model=ppocr-rec&device=all&by=device', devices: 'devices', 'device with an incident': 'devices?device=pixel-8-b', 'device set aside': 'devices?device=rpi-5', detector: 'detector',
  'case, regressed': `case?case=${key('pixel-8-a', 'ppocr-det', 'npu')}`, 'case, failed': `case?case=${key('oneplus-12', 'silero-vad', 'cpu')}`, 'case, invalid': `case?case=${key('galaxy-s24', 'ppocr-rec', 'npu')}`,
  'trend, regressed': `trend?case=${key('pixel-8-a', 'ppocr-det', 'npu')}`, 'trend with an incident': `trend?case=${key('pixel-8-b', 'ppocr-rec', 'cpu')}&metric=latency_p50`, 'trend, broke': `trend?case=${key('oneplus-12', 'silero-vad', 'cpu')}`, 'trend, never valid': `trend?case=${key('galaxy-s24', 'ppocr-rec', 'npu')}`,
  'what is not there': 'case?case=no/such/case',
};

/** A view without the values of what it shows: `trend?case&metric`. The theme is of no view. */
export function kindOf(address: string): string {
  const [page = '', choices = ''] = address.replace(/^#?\/?/, '').split('?');
  const names = [...new URLSearchParams(choices).keys()].filter((name) => name !== 'theme').sort();
  return `${page}${names.length === 0 ? '' : `?${names.join('&')}`}`;
}
