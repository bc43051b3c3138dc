import type { CaseResult } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import { escapeXml, escapeXmlAttribute } from './escape-xml.ts';
import { NUMBER_FORMAT } from './number.ts';
import { metricWords } from './metric-names.ts';
import type { TextSink } from './report-format.ts';

/**
 * junit.xml: one test case per case. `failed` is an error, `invalid` a failure (each with its reasons), `unsupported` and `skipped` are
 * skipped. The numbers of a valid case, its warnings and the command that runs it again are its output.
 */
export async function writeJunit(report: RunReport, out: TextSink): Promise<void> {
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 };
  for (const { verdict } of report.results()) {
    counts.tests++;
    if (verdict.status === 'invalid') counts.failures++;
    else if (verdict.status === 'failed') counts.errors++;
    else if (verdict.status !== 'ok') counts.skipped++;
  }
  const { run } = report;
  const totals = Object.entries(counts).map(([name, count]) => ` ${name}="${count}"`).join('');
  await out.write(`<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="paddock"${totals}>\n`);
  await out.write(`<testsuite name="${escapeXmlAttribute(run.suite)}"${totals} timestamp="${escapeXmlAttribute(run.startedAt)}">\n<properties>\n`);
  for (const [name, value] of [['run', run.id], ['preset', run.preset], ['seed', String(run.seed)], ['status', run.status], ['paddock', run.paddock], ['command', run.command]] as const) {
    await out.write(`<property name="${name}" value="${escapeXmlAttribute(value)}"/>\n`);
  }
  await out.write('</properties>\n');
  for (const result of report.results()) await out.write(testCase(result));
  await out.write('</testsuite>\n</testsuites>\n');
}

function testCase(result: CaseResult): string {
  const { model, variant } = result.case;
  return `<testcase classname="${escapeXmlAttribute(`${model}.${variant}`)}" name="${escapeXmlAttribute(result.key)}">${outcome(result)}<system-out>${escapeXml(output(result))}</system-out></testcase>\n`;
}

function outcome(result: CaseResult): string {
  const { status, reasons } = result.verdict;
  if (status === 'ok') return '';
  const type = escapeXmlAttribute(reasons[0]?.code ?? status);
  const message = escapeXmlAttribute(reasons.map((reason) => reason.message).join('; ') || status);
  if (status === 'unsupported' || status === 'skipped') return `<skipped message="${message}"/>`;
  const tag = status === 'failed' ? 'error' : 'failure';
  const body = escapeXml(reasons.map((reason) => `${reason.code}: ${reason.message}`).join('\n'));
  return `<${tag} type="${type}" message="${message}">${body}</${tag}>`;
}

function output(result: CaseResult): string {
  const lines = [`verdict: ${result.verdict.status}`, ...(result.case.emulated === true ? ['device: emulated'] : [])];
  if (result.verdict.status === 'ok') {
    for (const [name, metric] of Object.entries(result.metrics)) if (metric !== undefined) lines.push(`${metricWords(name).label}: ${NUMBER_FORMAT.quantity(metric, metric.unit)} (n = ${metric.n})`);
  }
  for (const warning of result.warnings) lines.push(`warning ${warning.code}: ${warning.message}`);
  lines.push(`repeat: ${result.repro}`);
  return lines.join('\n');
}
