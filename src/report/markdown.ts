import type { CaseResult, Comparison } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import { VERDICT_STATUSES } from '../domain/verdict.ts';
import { caseLabel, deviceWords } from './case-label.ts';
import { comparisonLabel } from './comparison-label.ts';
import { escapeMarkdown, fencedMarkdown } from './escape-markdown.ts';
import { headline } from './headline.ts';
import { metricWords } from './metric-names.ts';
import { NUMBER_FORMAT } from './number.ts';
import { type Overview, overviewOf } from './overview.ts';
import { shortened } from './plain-text.ts';
import type { TextSink } from './report-format.ts';
import { counts } from './trade-off/counts.ts';
import { tradeOffs, type Candidate, type TradeOff } from './trade-off/trade-offs.ts';

/** GitHub refuses a comment of more than 65,536 characters; each part below has its share, and what does not fit is counted. */
const PART_BYTES = { models: 2_000, problems: 10_000, tradeOffs: 18_000, results: 16_000, comparisons: 9_000, warnings: 5_000 } as const;
/** Longest text of one cell. */
const CELL_CHARACTERS = 240;
/** Metrics of the table, where the run has them: what people look for first. */
const COLUMNS = ['latency_p50', 'latency_p99', 'sps', 'peak_memory', 'model_size'] as const;

/** summary.md: fit for a pull-request comment. Verdict counts first, then what needs a look, the valid numbers, comparisons and warnings. At most about 60 KB. */
export async function writeMarkdown(report: RunReport, out: TextSink): Promise<void> {
  const overview = overviewOf(report, 0);
  const { run } = report;
  await out.write(`## ${cell(run.suite)}: benchmark\n\n`);
  await out.write(`| ${VERDICT_STATUSES.join(' | ')} | total |\n|${' ---: |'.repeat(VERDICT_STATUSES.length + 1)}\n`);
  await out.write(`| ${VERDICT_STATUSES.map((status) => `**${NUMBER_FORMAT.count(overview.counts[status])}**`).join(' | ')} | ${NUMBER_FORMAT.count(overview.total)} |\n\n`);
  await out.write(`${escapeMarkdown(headline(run, overview))}\n\n`);
  if (report.description !== null) await out.write(`${cell(report.description)}\n\n`);
  await part(out, '', modelLines(report), PART_BYTES.models);
  await part(out, '### Needs a look\n\n| case | verdict | why |\n| --- | --- | --- |\n', problemRows(report), PART_BYTES.problems);
  const groups = tradeOffs(report);
  for (const group of groups.slice(0, TRADE_OFFS_SHOWN)) await part(out, tradeOffHead(group), tradeOffLines(group), PART_BYTES.tradeOffs / TRADE_OFFS_SHOWN);
  if (groups.length > TRADE_OFFS_SHOWN) await out.write(`What to ship elsewhere (${NUMBER_FORMAT.count(groups.length - TRADE_OFFS_SHOWN)} more) is left out here; results.csv and report.html have it.\n\n`);
  await results(report, overview, out);
  await part(out, '### Variants compared\n\n| head against base | metric | outcome | change | interval |\n| --- | --- | --- | ---: | ---: |\n', report.comparisons.map((comparison) => comparisonRow(comparison, overview)), PART_BYTES.comparisons);
  await part(out, '### Warnings\n\n', warningLines(report, overview), PART_BYTES.warnings);
  await out.write(footer(report));
}

function* modelLines({ models }: RunReport): Iterable<string> {
  for (const { id, task, description, weights } of models) {
    const words = [task, description, weights === 'generated' ? 'generated weights: a stand-in without quality' : null].filter((text) => text !== null);
    if (words.length > 0) yield `- **${cell(id)}**: ${words.map(cell).join('; ')}\n`;
  }
}

function cell(text: string): string {
  return escapeMarkdown(shortened(text, CELL_CHARACTERS));
}

/** Writes the lines under their head until the part's bytes are used, then says how many are left out. Writes nothing without lines. */
async function part(out: TextSink, head: string, lines: Iterable<string>, limitBytes: number): Promise<void> {
  let used = 0;
  let omitted = 0;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line);
    if (omitted > 0 || used + bytes > limitBytes) {
      omitted++;
      continue;
    }
    await out.write(used === 0 ? head + line : line);
    used += bytes;
  }
  if (omitted > 0) await out.write(`\n${NUMBER_FORMAT.count(omitted)} more ${omitted === 1 ? 'line is' : 'lines are'} left out here; results.csv and report.html have all of them.\n`);
  if (used > 0 || omitted > 0) await out.write('\n');
}

function* problemRows(report: RunReport): Iterable<string> {
  for (const { case: c, verdict } of report.results()) {
    if (verdict.status === 'ok') continue;
    yield `| **${cell(c.model)}** ${cell(caseLabel(c))} | ${verdict.status} | ${cell(verdict.reasons.map((reason) => reason.message).join('; ') || '—')} |\n`;
  }
}

/** A suite with many models must leave room for the rest. */
const TRADE_OFFS_SHOWN = 6;

function tradeOffHead({ case: c, advice, headline: ranked }: TradeOff): string {
  return `### What to ship: ${cell(c.model)} on ${cell(deviceWords(c))}\n\n${advice === null ? '' : `**${escapeMarkdown(shortened(advice, 1_000))}**\n\n`}| | variant | ${cell(metricWords(ranked).label)} | quality | loss | memory | size | why not |\n| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n`;
}

const STANDING_MARKS: Readonly<Record<Candidate['standing'], string>> = { recommended: '★', lost: '–', blocked: '!', candidate: '✓' };

function* tradeOffLines({ candidates, headline: ranked }: TradeOff): Iterable<string> {
  for (const { result, label, standing, why } of candidates) {
    const names = [ranked, result.quality?.primary ?? '', 'quality_loss', 'peak_memory', 'model_size'];
    const cells = names.map((name) => (!counts(result, name) ? 'blocked' : metricCell(result, name)));
    yield `| ${STANDING_MARKS[standing]} | **${cell(result.case.variant)}** ${label === result.case.variant ? '' : cell(label)} | ${cells.join(' | ')} | ${cell(why)} |\n`;
  }
}

async function results(report: RunReport, overview: Overview, out: TextSink): Promise<void> {
  const names = [...COLUMNS.filter((name) => overview.metricNames.includes(name)), ...overview.metricNames.filter((name) => name.startsWith('quality_')).slice(0, 2)];
  const head = `### Results\n\n| case | ${names.map((name) => cell(metricWords(name).label)).join(' | ')} |\n| --- |${' ---: |'.repeat(names.length)}\n`;
  await part(out, head, resultRows(report, overview, names), PART_BYTES.results);
  if (overview.standings.size > 0) await out.write('★ best of its model, workload and device; ☆ level with the best (the intervals overlap). ± is half of the 95 % interval over launches.\n\n');
}

function* resultRows(report: RunReport, overview: Overview, names: readonly string[]): Iterable<string> {
  for (const result of report.results()) {
    if (result.verdict.status !== 'ok') continue;
    const standing = overview.standings.get(result.key);
    const mark = standing === 'best' ? '★ ' : standing === 'level' ? '☆ ' : '';
    yield `| ${mark}**${cell(result.case.model)}** ${cell(caseLabel(result.case))} | ${names.map((name) => metricCell(result, name)).join(' | ')} |\n`;
  }
}

function metricCell(result: CaseResult, name: string): string {
  const metric = result.metrics[name];
  return metric === undefined ? '—' : cell(NUMBER_FORMAT.quantity(metric, metric.unit));
}

function comparisonRow(comparison: Comparison, overview: Overview): string {
  const label = comparisonLabel(comparison, overview.compared);
  const { ratio, low, high } = comparison;
  const change = ratio === null ? '—' : NUMBER_FORMAT.change(ratio);
  const interval = low === null || high === null ? '—' : `${NUMBER_FORMAT.change(low)} to ${NUMBER_FORMAT.change(high)}`;
  const outcome = comparison.reason === '' ? `**${comparison.outcome}**` : `**${comparison.outcome}**: ${cell(comparison.reason)}`;
  return `| **${cell(label.model)}** ${cell(label.difference)} (base: ${cell(label.base)}) | ${cell(metricWords(comparison.metric).label)} | ${outcome} | ${change} | ${interval} |\n`;
}

function* warningLines(report: RunReport, overview: Overview): Iterable<string> {
  for (const warning of report.run.warnings) yield `- **${cell(warning.code)}**: ${cell(warning.message)}\n`;
  for (const group of overview.warnings) yield `- **${cell(group.code)}** (${NUMBER_FORMAT.count(group.count)} ${group.count === 1 ? 'case' : 'cases'}): ${cell(group.messages[0]?.message ?? '')}\n`;
}

function footer({ run, devices }: RunReport): string {
  const machines = devices.slice(0, 10).map((device) => `${cell(device.name)} (${cell(device.model)}, ${cell(device.os)}${typeof device.virtualization !== 'string' ? '' : `, ${device.emulated ? '' : 'under '}${cell(device.virtualization)}`})`);
  if (devices.length > machines.length) machines.push(`${NUMBER_FORMAT.count(devices.length - machines.length)} more`);
  return `<details><summary>How to read more, and how to run it again</summary>\n\nCharts, distributions, conditions and the command of each case: \`report.html\`, beside this file. All numbers: \`results.csv\`, \`results.json\`.\n\nRun ${cell(run.id)}, preset ${cell(run.preset)}, seed ${run.seed}, Paddock ${cell(run.paddock)}, on ${machines.join('; ') || 'no device'}.\n\n${fencedMarkdown(shortened(run.command, 1_000), 'sh')}\n</details>\n`;
}
