import { createHash } from 'node:crypto';
import { VERDICT_STATUSES } from '../../domain/verdict.ts';
import type { RunReport } from '../../domain/run-report.ts';
import { escapeHtml, scriptJson } from '../escape-html.ts';
import { metricWords } from '../metric-names.ts';
import { makeNumberFormat, NUMBER_FORMAT } from '../number.ts';
import { type Overview, overviewOf } from '../overview.ts';
import type { TextSink } from '../report-format.ts';
import { VERDICT_WORDS } from '../verdict-words.ts';
import { readAsset } from './asset.ts';
import { caseDetail } from './case-section.ts';
import { comparisonSection } from './comparison-section.ts';
import { glossarySection } from './glossary.ts';
import { modelSection } from './model-section.ts';
import { ResultRows } from './result-rows.ts';
import { deviceSection, titleSection, verdictSection, winnersSection } from './summary-section.ts';
import { sustainedSection } from './sustained-section.ts';
import { tableSection } from './table-section.ts';
import { tradeOffs } from '../trade-off/trade-offs.ts';
import { tradeOffSection } from './trade-off-section.ts';

/** Cases that get charts and a detail: about 25 KB each. The table holds all. */
export const DETAILED_CASES = 60;

/**
 * report.html: one file that opens offline. The page may run only the scripts whose hashes its policy names, and load nothing.
 * The rows of the table are data in the page, so memory here does not grow with them but for the texts that they share.
 */
export async function writeHtml(report: RunReport, out: TextSink): Promise<void> {
  const overview = overviewOf(report, DETAILED_CASES);
  const [style, theme, table, page] = await Promise.all(['page.css', 'theme.js', 'table.js', 'page.js'].map(readAsset)) as [string, string, string, string];
  const body = `const numberFormat = (${makeNumberFormat.toString()})();\n${table}\n${page}`;
  await out.write(`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ${hash(theme)} ${hash(body)}; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>${escapeHtml(report.run.suite)}: Paddock report</title>
<style>${style}</style><script>${theme}</script></head><body>
<a class="skip" href="#results">To the results</a>
${titleSection(report, overview)}
<main>${verdictSection(overview)}${winnersSection(overview)}${tradeOffSection(tradeOffs(report))}${deviceSection(report, overview)}${tableSection(overview)}${comparisonSection(report.comparisons, overview.compared)}`);
  const coverage = coverageSentence(overview);
  await out.write(modelSection(overview.first, report.models, coverage));
  await out.write(sustainedSection(report, overview.first));
  await writeCases(report, overview, coverage, out);
  await out.write(`${glossarySection(overview.metricNames)}</main>
<footer>Paddock ${escapeHtml(report.run.paddock)} · run ${escapeHtml(report.run.id)} · the same numbers: results.csv, results.json</footer>
`);
  await writeRows(report, overview, out);
  await out.write(`<script>${body}</script></body></html>\n`);
}

function hash(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

function coverageSentence({ total, first }: Overview): string {
  if (total <= first.length) return '';
  return `Charts and details are of the first ${NUMBER_FORMAT.count(first.length)} of ${NUMBER_FORMAT.count(total)} cases in the order of the plan; the rest is in the table above and, whole, in results.json.`;
}

async function writeCases(report: RunReport, { first }: Overview, coverage: string, out: TextSink): Promise<void> {
  if (first.length === 0) return;
  await out.write(`<section id="cases" aria-labelledby="h-cases"><h2 id="h-cases">Cases in detail</h2>${coverage === '' ? '' : `<p class="note">${escapeHtml(coverage)}</p>`}`);
  for (const [index, result] of first.entries()) await out.write(`${caseDetail(result, index, report.traces(result.key))}\n`);
  await out.write('</section>\n');
}

async function writeRows(report: RunReport, overview: Overview, out: TextSink): Promise<void> {
  const rows = new ResultRows(overview.metricNames, overview.standings);
  const units = new Map<string, string>();
  await out.write('<script type="application/json" id="rows">[');
  let separator = '\n';
  for (const result of report.results()) {
    for (const [name, metric] of Object.entries(result.metrics)) if (metric !== undefined && !units.has(name)) units.set(name, metric.unit);
    await out.write(separator + scriptJson(rows.row(result)));
    separator = ',\n';
  }
  const metrics = overview.metricNames.map((name) => ({ name, unit: units.get(name) ?? '', ...metricWords(name) }));
  const verdicts = VERDICT_STATUSES.map((status) => ({ status, ...VERDICT_WORDS[status] }));
  await out.write(`]</script>\n<script type="application/json" id="words">${scriptJson({ texts: rows.texts(), metrics, verdicts, detailed: overview.first.length })}</script>\n`);
}
