import { RESULTS_SCHEMA_VERSION } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import type { TextSink } from './report-format.ts';

/** results.json: `{schemaVersion, run, devices[], results[], comparisons[]}`, one result a line. */
export async function writeJson(report: RunReport, out: TextSink): Promise<void> {
  await out.write(`{"schemaVersion":${RESULTS_SCHEMA_VERSION},\n"run":${JSON.stringify(report.run)},\n"devices":`);
  await writeArray(report.devices, out);
  await out.write(',\n"results":');
  await writeArray(report.results(), out);
  await out.write(',\n"comparisons":');
  await writeArray(report.comparisons, out);
  await out.write('}\n');
}

async function writeArray(items: Iterable<unknown>, out: TextSink): Promise<void> {
  let separator = '[\n';
  for (const item of items) {
    await out.write(separator + JSON.stringify(item));
    separator = ',\n';
  }
  await out.write(separator === '[\n' ? '[]' : '\n]');
}
