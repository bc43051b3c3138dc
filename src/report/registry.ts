import type { RunReport } from '../domain/run-report.ts';
import type { ReportFormat } from './report-format.ts';
import { writeReportFiles } from './report-files.ts';

export type { ReportFormat, TextSink } from './report-format.ts';
export { ReportWriteError } from './report-files.ts';

/** Every report format; each is loaded when it is first written, so that listing them costs nothing. */
export const REPORT_FORMATS = [
  { id: 'html', fileName: 'report.html', write: async (report, out) => (await import('./html/write-html.ts')).writeHtml(report, out) },
  { id: 'csv', fileName: 'results.csv', write: async (report, out) => (await import('./csv.ts')).writeCsv(report, out) },
  { id: 'md', fileName: 'summary.md', write: async (report, out) => (await import('./markdown.ts')).writeMarkdown(report, out) },
  { id: 'json', fileName: 'results.json', write: async (report, out) => (await import('./json.ts')).writeJson(report, out) },
  { id: 'junit', fileName: 'junit.xml', write: async (report, out) => (await import('./junit.ts')).writeJunit(report, out) },
] as const satisfies readonly ReportFormat[];
export type ReportFormatId = (typeof REPORT_FORMATS)[number]['id'];

/** All format ids, in the order in which help shows them. */
export const REPORT_FORMAT_IDS: readonly ReportFormatId[] = REPORT_FORMATS.map((format) => format.id);

/** True when the text names a report format. */
export function isReportFormatId(text: string): text is ReportFormatId {
  return REPORT_FORMATS.some((format) => format.id === text);
}

/**
 * Writes the file of each named format into the folder (made when missing) and gives the paths in the registry's order.
 * Each file appears whole or not at all, and replaces the one that was there.
 * @throws ReportWriteError at the first file or folder that can't be written
 */
export async function writeReports(report: RunReport, formats: readonly ReportFormatId[], folder: string): Promise<readonly string[]> {
  return writeReportFiles(report, REPORT_FORMATS.filter((format) => formats.includes(format.id)), folder);
}
