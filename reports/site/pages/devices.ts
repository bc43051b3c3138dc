import { startWords } from '../../../src/domain/browser-start-words.ts';
import { NUMBER_FORMAT } from '../../../src/report/number.ts';
import type { DeviceMonth, PieceName, SiteNight } from '../../../src/site/data.ts';
import { isOpen, type Catalogue, type KnownCase } from '../catalogue.ts';
import { barLegend } from '../chart/bar-legend.ts';
import { deviceCourse, type DeviceNight } from '../chart/device-course.ts';
import { figure } from '../chart/frame.ts';
import { chosen, controls, select } from '../control.ts';
import { h, name, type Child } from '../element.ts';
import { eventCard, quantity } from '../event-card.ts';
import { latest } from '../latest.ts';
import { directory, piece, unpackFloats } from '../load.ts';
import type { View } from '../page.ts';
import { linkTo } from '../route.ts';
import { beginOf, spans } from '../span.ts';
import { absent, facts, table } from '../table.ts';
import { caseLink, count, day, deviceTag, holdEnd, nightLink, VERDICTS, verdictBadge } from '../words.ts';

const SPANS = spans('90');

/** All devices, or what is known of one: what it is, how it fared night after night, and its cases. */
export async function devicesPage(catalogue: Catalogue, choices: URLSearchParams): Promise<View> {
  const ids = [...new Set([...catalogue.overview.devices.map(({ id }) => id), ...catalogue.cases.map((one) => one.case.device)])].sort();
  const id = choices.get('device');
  if (id === null) return listOf(catalogue, ids);
  if (!ids.includes(id)) throw new Error(`this site has no device ${id}`);
  const span = chosen(choices, 'span', SPANS);
  const nights = await nightsOf(catalogue, id, span);
  const device = catalogue.device(id);
  const events = catalogue.overview.events.filter((event) => event.device === id && isOpen(event));
  const away = catalogue.hold(id);
  return {
    title: id, lead: device === null ? [absent('the newest runs tell no facts of it: it is a pool, or was not there'), deviceTag(catalogue.hardware(id))] : [name(device.name), `, ${device.soc}, `, name(device.os), deviceTag(device)],
    body: [
      away === undefined ? null : h('div', { class: 'callout' }, h('p', {}, h('b', {}, `Set aside since ${day(away.since)}: `), `${away.reason}${holdEnd(away)}`)),
      device === null ? null : h('section', {}, h('h2', {}, 'What it is'), facts([
        ['Model', name(device.model)], ['SoC', name(device.soc)], ['System', name(device.os)], ['GPU driver', device.gpuDriver === undefined ? 'not told' : name(device.gpuDriver)], ['Architecture', device.arch], ['Cores', String(device.cores)], ['Memory', device.memoryMiB === undefined ? 'not told' : NUMBER_FORMAT.withUnit(NUMBER_FORMAT.count(device.memoryMiB), 'MiB')],
        ['Reached by', device.transport], ['Profile', name(device.profile)], ['Clock', device.clockRegime], ['Hardware', device.emulated ? 'an emulator: its times are no figures of hardware' : device.virtualization === undefined ? 'not told' : device.virtualization === null ? 'bare' : `inside ${device.virtualization}`],
        ...(device.browserStart === undefined ? [] : [['Started', startWords(device.browserStart)] as const]), ['Sensors', device.sensors.join(', ') || 'none'],
      ]), device.absentSensors.length === 0 ? null : h('p', { class: 'note' }, `Absent: ${device.absentSensors.map(({ sensor, reason }) => `${sensor} (${reason})`).join('; ')}`)),
      events.length === 0 ? null : h('section', {}, h('h2', {}, 'Open changes'), h('ul', { class: 'events' }, events.map((event) => eventCard(catalogue, event, null)))),
      healthSection(catalogue, id, nights, span), await caseSection(catalogue, id, choices),
    ],
  };
}

function listOf(catalogue: Catalogue, ids: readonly string[]): View {
  return {
    title: 'Devices', lead: count(ids.length, 'device', 'devices'),
    body: h('div', { class: 'boxed' }, table('Devices', [{ head: 'Device', kind: 'name' }, { head: 'Model' }, { head: 'System' }, { head: 'Reached by' }, { head: 'Cases', kind: 'number' }, { head: 'Open changes', kind: 'number' }, { head: 'Incident nights', kind: 'number' }, { head: 'State' }], ids.map((id) => {
      const device = catalogue.device(id);
      const away = catalogue.hold(id);
      const open = catalogue.overview.events.filter((event) => event.device === id && isOpen(event)).length;
      const incidents = catalogue.overview.incidents.filter((night) => night.device === id).length;
      return [[h('a', { href: linkTo('devices', { device: id }) }, name(id)), deviceTag(catalogue.hardware(id))], device === null ? absent('no facts') : name(device.model), device === null ? '' : name(device.os), device?.transport ?? '',
        NUMBER_FORMAT.count(catalogue.cases.filter((one) => one.case.device === id).length), open === 0 ? '–' : String(open), incidents === 0 ? '–' : String(incidents), away === undefined ? 'in use' : h('span', { class: 'fail' }, `set aside: ${away.reason}${holdEnd(away)}`)];
    }))),
  };
}

async function nightsOf(catalogue: Catalogue, id: string, span: string): Promise<readonly DeviceNight[]> {
  const known = Object.keys(await directory()).filter((one) => one.startsWith('devices/')).sort();
  const since = beginOf(catalogue, span);
  const months = known.filter((month) => month >= `devices/${since.slice(0, 7)}`);
  const pieces = await Promise.all(months.map((month) => piece(month as PieceName & `devices/${string}`)));
  const reasons = new Map(catalogue.overview.incidents.filter(({ device }) => device === id).map(({ run, reason }) => [run, reason]));
  return pieces.flatMap((month: DeviceMonth | null) => {
    const own = month?.devices.find(({ device }) => device === id);
    if (own === undefined) return [];
    const [temperature, pressure, throttled] = [unpackFloats(own.temperatureMaxC), unpackFloats(own.cpuPressureMax), unpackFloats(own.throttleEvents)];
    const number = (values: Float32Array, i: number): number | null => (Number.isNaN(values[i] ?? Number.NaN) ? null : (values[i] ?? null));
    return own.runs.flatMap((run, i): DeviceNight[] => {
      const night: SiteNight | null = catalogue.night(run);
      return night === null || night.startedAt < since ? [] : [{ night, counts: own.counts[i] ?? [], temperatureMaxC: number(temperature, i), cpuPressureMax: number(pressure, i), throttleEvents: number(throttled, i), incident: reasons.get(run) ?? null }];
    });
  }).sort((a, b) => (a.night.startedAt < b.night.startedAt ? -1 : 1));
}

function healthSection(catalogue: Catalogue, id: string, nights: readonly DeviceNight[], span: string): Child {
  const choice = controls(select('Span', 'span', SPANS, span));
  if (nights.length === 0) return h('section', {}, h('h2', {}, 'Health'), choice, h('p', {}, absent('no night of it in this span')));
  const incidents = nights.filter(({ incident }) => incident !== null);
  const canaries = catalogue.cases.filter((one) => one.case.device === id && catalogue.night(one.lastRun)?.purpose === 'canary');
  return h('section', {}, h('h2', {}, 'Health'), choice, figure({
    title: 'Its nights', note: 'Cases by verdict in each run, and the hottest, busiest moment of it.', chart: deviceCourse(nights, `${id}: ${count(nights.length, 'run', 'runs')}, ${count(incidents.length, 'incident', 'incidents')}. The table below has every run.`), tableTitle: `All ${count(nights.length, 'run', 'runs')}`,
    legend: barLegend(VERDICTS.filter((_, i) => nights.some(({ counts }) => (counts[i] ?? 0) > 0)), incidents.length > 0),
    columns: [{ head: 'Night' }, ...VERDICTS.map((status) => ({ head: status, kind: 'number' as const })), { head: 'Highest temperature', kind: 'number' }, { head: 'Throttling events', kind: 'number' }, { head: 'Highest CPU pressure', kind: 'number' }, { head: 'Incident' }],
    rows: () => nights.toReversed().map(({ night, counts, temperatureMaxC, cpuPressureMax, throttleEvents, incident }) => [nightLink(night), ...VERDICTS.map((_, i) => String(counts[i] ?? 0)), temperatureMaxC === null ? '–' : NUMBER_FORMAT.withUnit(temperatureMaxC.toFixed(1), '°C'), throttleEvents === null ? '–' : String(throttleEvents), cpuPressureMax === null ? '–' : NUMBER_FORMAT.share(cpuPressureMax), incident ?? '–']),
  }), incidents.length === 0 ? h('p', { class: 'calm' }, '✓ No incident in this span.') : h('ul', {}, incidents.toReversed().map(({ night, incident }) => h('li', {}, h('b', {}, day(night.startedAt)), `: ${incident ?? ''}`))),
  canaries.length === 0 ? null : h('p', {}, 'Canary: ', canaries.map((one) => [h('a', { href: linkTo('trend', { case: one.key }) }, name(one.case.model)), ' '])));
}

async function caseSection(catalogue: Catalogue, id: string, choices: URLSearchParams): Promise<Child> {
  const values = await latest(catalogue);
  const metrics = catalogue.overview.metrics.filter((metric) => values.has(metric.name)).map((metric) => ({ value: metric.name, label: metric.label }));
  const metric = chosen(choices, 'metric', metrics);
  const states = new Map(catalogue.overview.newest.flatMap(({ groups }) => groups.flatMap(({ state, cases }) => cases.map((one) => [one, state] as const))));
  const cases = catalogue.cases.filter((one) => one.case.device === id);
  const row = (one: KnownCase): readonly Child[] => {
    const value = values.get(metric)?.get(one.id);
    const state = states.get(one.id);
    const event = catalogue.openEvents(one.key)[0];
    return [caseLink(one), state === undefined ? 'not in the newest run' : verdictBadge(state), value === undefined ? absent('none') : quantity(value, value.unit), event === undefined ? '–' : h('a', { href: linkTo('changes', { event: event.id }) }, `${event.kind}, ${event.state}`), h('a', { href: linkTo('trend', { case: one.key, metric }) }, 'trend')];
  };
  return h('section', {}, h('h2', {}, 'Its cases'), controls(select('Metric', 'metric', metrics, metric)), h('div', { class: 'boxed' }, table(`Cases on ${id}`, [{ head: 'Case', kind: 'name' }, { head: 'Newest run' }, { head: catalogue.metric(metric).label, kind: 'number' }, { head: 'Open change' }, { head: 'Course' }], cases.map(row))));
}
