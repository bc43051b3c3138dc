import type { RunReport } from '../domain/run-report.ts';
import { writeJson } from '../report/json.ts';

/** results.json on a stream, at the stream's pace. */
export async function printResultsJson(report: RunReport, out: NodeJS.WriteStream): Promise<void> {
  await writeJson(report, { write: (text) => new Promise((done, fail) => { out.write(text, (error) => (error === null || error === undefined ? done() : fail(error))); }) });
}
