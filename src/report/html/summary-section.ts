import { startWords } from '../../domain/browser-start-words.ts';
import type { DeviceFacts } from '../../domain/result.ts';
import type { RunReport } from '../../domain/run-report.ts';
import { browserWords } from '../browser-words.ts';
import { hardwareWords } from '../hardware-words.ts';
import { VERDICT_STATUSES, type VerdictStatus } from '../../domain/verdict.ts';
import { caseLabel } from '../case-label.ts';
import { escapeHtml } from '../escape-html.ts';
import { headline } from '../headline.ts';
import { metricWords } from '../metric-names.ts';
import { NUMBER_FORMAT } from '../number.ts';
import type { Overview } from '../overview.ts';
import type { RankedGroup } from '../ranking.ts';
import type { ReasonGroup } from '../reason-groups.ts';
import { VERDICT_WORDS } from '../verdict-words.ts';
import { copyable, definitions, verdictBadge } from './words.ts';

/** More winners, devices or warnings than these are counted, not listed. */
const GROUPS_SHOWN = 12;
const DEVICES_SHOWN = 20;
const WARNINGS_SHOWN = 20;

/** Title, the answer in a sentence, and the facts of the run. */
export function titleSection(report: RunReport, overview: Overview): string {
  const { run } = report;
  return `<header class="page"><div class="bar"><span class="brand">Paddock</span><span class="spacer"></span><button type="button" id="theme" hidden>Theme</button></div>
<h1>${escapeHtml(run.suite)}</h1>
${report.description === null ? '' : `<p class="note">${escapeHtml(report.description)}</p>`}
<p class="lead">${escapeHtml(headline(run, overview))}</p>
<p class="meta"><span>Run ${escapeHtml(run.id)}</span><span>preset ${escapeHtml(run.preset)}</span><span>${escapeHtml(moment(run.startedAt))}${escapeHtml(duration(run.startedAt, run.endedAt))}</span><span>${report.devices.length === 1 ? escapeHtml(report.devices[0]?.name ?? '') : `${report.devices.length} devices`}</span></p></header>`;
}

function moment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

function duration(startedAt: string, endedAt: string | null): string {
  const seconds = endedAt === null ? Number.NaN : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  if (!Number.isFinite(seconds)) return '';
  return seconds < 90 ? `, took ${Math.round(seconds)} s` : `, took ${NUMBER_FORMAT.count(Math.round(seconds / 60))} min`;
}

/** How many cases got which verdict, and why, by reason. */
export function verdictSection(overview: Overview): string {
  const shown = VERDICT_STATUSES.filter((status) => status === 'ok' || overview.counts[status] > 0);
  const tiles = VERDICT_STATUSES.map((status) => `<li><button type="button" class="tile ${status}" data-show="${status}"${overview.counts[status] === 0 ? ' disabled' : ''}><b>${NUMBER_FORMAT.count(overview.counts[status])}</b>${verdictBadge(status)}<small>${escapeHtml(VERDICT_WORDS[status].meaning)}</small></button></li>`).join('');
  const bar = shown.filter((status) => overview.counts[status] > 0).map((status) => `<span class="${status}" style="flex-grow:${overview.counts[status]}"></span>`).join('');
  const reasons = shown.filter((status) => overview.reasons[status].length > 0).map((status) => reasonList(status, overview.reasons[status])).join('');
  return `<section id="verdicts" aria-labelledby="h-verdicts"><h2 id="h-verdicts">Verdicts</h2><div class="tally" aria-hidden="true">${bar}</div><ul class="tiles">${tiles}</ul>${reasons === '' ? '' : `<div class="reasons">${reasons}</div>`}</section>`;
}

function reasonList(status: VerdictStatus, groups: readonly ReasonGroup[]): string {
  return groups.slice(0, WARNINGS_SHOWN).map((group) => `<div class="reason">${verdictBadge(status)}<div><b>${escapeHtml(group.code)}</b> <span class="times">${times(group.count)}</span>${messages(group)}</div></div>`).join('');
}

function times(count: number): string {
  return count === 1 ? '1 case' : `${NUMBER_FORMAT.count(count)} cases`;
}

function messages({ messages: list, others }: ReasonGroup): string {
  const items = list.map(({ message, count }) => `<li>${escapeHtml(message)}${count > 1 ? ` <span class="times">×&nbsp;${NUMBER_FORMAT.count(count)}</span>` : ''}</li>`);
  if (others > 0) items.push(`<li>and ${NUMBER_FORMAT.count(others)} with other words</li>`);
  return `<ul>${items.join('')}</ul>`;
}

/** Who leads among what may be compared. */
export function winnersSection({ groups }: Overview): string {
  const contests = groups.filter((group) => group.ranked > 1);
  if (contests.length === 0) return '';
  const cards = contests.slice(0, GROUPS_SHOWN).map(winner).join('');
  const rest = contests.length > GROUPS_SHOWN ? `<p class="note">${NUMBER_FORMAT.count(contests.length - GROUPS_SHOWN)} more models, workloads and devices are in the table below.</p>` : '';
  return `<section id="winners" aria-labelledby="h-winners"><h2 id="h-winners">In brief</h2><ul class="winners">${cards}</ul>${rest}</section>`;
}

function winner(group: RankedGroup): string {
  const { leader, leaderMetric } = group;
  const words = metricWords(group.metric).label;
  const where = `${group.workload} on ${group.device}`;
  const verdict = group.level === 1 ? `best of ${group.ranked} by ${words}` : group.level === group.ranked ? `no winner among ${group.ranked}: the intervals overlap` : `${group.level} of ${group.ranked} are level: their intervals overlap`;
  const { options } = leader;
  const label = `${leader.variant} · ${leader.delegate} · ${options.threads} ${options.threads === 1 ? 'thread' : 'threads'}${options.batch === 1 ? '' : ` · batch ${options.batch}`}`;
  return `<li title="${escapeHtml(caseLabel(leader))}"><span class="where"><b>${escapeHtml(group.model)}</b> ${escapeHtml(where)}</span><span class="figure">${escapeHtml(NUMBER_FORMAT.withUnit(NUMBER_FORMAT.value(leaderMetric), leaderMetric.unit))} <small>${escapeHtml(NUMBER_FORMAT.spread(leaderMetric))}</small></span><span class="which">${escapeHtml(label)}</span><span class="note">${escapeHtml(verdict)}</span></li>`;
}

/** Where it was measured, and what may have disturbed it. */
export function deviceSection(report: RunReport, overview: Overview): string {
  const { run, devices } = report;
  const groups = new Map(overview.warnings.map((group) => [group.code, group]));
  const codes = [...new Set([...run.warnings.map((warning) => warning.code), ...groups.keys()])];
  const warnings = codes.slice(0, WARNINGS_SHOWN).map((code) => {
    const group = groups.get(code);
    const own = run.warnings.filter((warning) => warning.code === code).map((warning) => escapeHtml(warning.message)).join('<br>');
    return `<li><b>${escapeHtml(code)}</b>${group === undefined ? '' : ` <span class="times">${times(group.count)}</span>`}${own === '' ? '' : `<br>${own}`}${group === undefined ? '' : messages(group)}</li>`;
  });
  if (codes.length > WARNINGS_SHOWN) warnings.push(`<li>and ${NUMBER_FORMAT.count(codes.length - WARNINGS_SHOWN)} more kinds, in results.json</li>`);
  const callout = warnings.length === 0 ? '<p class="calm">No warnings: nothing that Paddock can see disturbed the measurement.</p>' : `<div class="callout"><h3><span aria-hidden="true">!</span> Warnings</h3><ul>${warnings.join('')}</ul></div>`;
  const rest = devices.length > DEVICES_SHOWN ? `<p class="note">${NUMBER_FORMAT.count(devices.length - DEVICES_SHOWN)} more devices are in results.json.</p>` : '';
  return `<section id="devices" aria-labelledby="h-devices"><h2 id="h-devices">Devices and warnings</h2>${callout}<div class="cards">${devices.slice(0, DEVICES_SHOWN).map(deviceCard).join('')}</div>${rest}
<details class="more"><summary>The run: command, seed, version</summary>${definitions([['Status', escapeHtml(run.status)], ['Seed of the order', String(run.seed)], ['Paddock', escapeHtml(run.paddock)], ['Started', escapeHtml(run.startedAt)], ['Ended', escapeHtml(run.endedAt ?? '— (not ended)')]])}${copyable(run.command)}</details></section>`;
}

function deviceCard(device: DeviceFacts): string {
  const notes: string[] = [];
  if (device.emulated) notes.push('<span class="tag warn">emulated: right for correctness, not for speed</span>');
  if (device.browserStart?.headless === true) notes.push('<span class="tag">headless</span>');
  if (device.profileFit === 'unknown') notes.push('<span class="tag warn">no profile of its own</span>');
  if (typeof device.virtualization === 'string') notes.push(`<span class="tag warn">${device.emulated ? '' : 'under '}${escapeHtml(device.virtualization)}</span>`);
  const absent = device.absentSensors.map(({ sensor, reason }) => `<li><b>${escapeHtml(sensor)}</b>: — <small>${escapeHtml(reason)}</small></li>`).join('');
  return `<article class="card"><h3>${escapeHtml(device.name)} ${notes.join(' ')}</h3>${definitions([
    ['Id', escapeHtml(device.id)], ['Model', escapeHtml(device.model)], ['SoC', escapeHtml(device.soc)], ['System', escapeHtml(`${device.os}, ${device.arch}`)], ...(device.gpuDriver === undefined ? [] : [['GPU driver', escapeHtml(device.gpuDriver)] as const]),
    ['Cores, memory', escapeHtml(`${device.cores}, ${device.memoryMiB === undefined ? 'memory not told' : NUMBER_FORMAT.withUnit(NUMBER_FORMAT.count(device.memoryMiB), 'MiB')}`)], ['Clock', escapeHtml(device.clockRegime)], ['Reached by', escapeHtml(`${device.transport}, profile ${device.profile}${device.recognisedBy === undefined ? '' : ` (by ${device.recognisedBy})`}`)],
    ...(device.hardware === undefined ? [] : hardwareWords(device.hardware).map(([name, text]): [string, string] => [`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, escapeHtml(text)])),
    ...(device.browserStart === undefined ? [] : [['Started', escapeHtml(startWords(device.browserStart))] as [string, string]]),
    ...(device.browser === undefined ? [] : browserWords(device.browser).map(([name, text]): [string, string] => [`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, escapeHtml(text)])),
    ['Sensors', device.sensors.length === 0 ? '— (none)' : escapeHtml(device.sensors.join(', '))],
  ])}${absent === '' ? '' : `<details><summary>Sensors it lacks (${device.absentSensors.length})</summary><ul>${absent}</ul></details>`}</article>`;
}
