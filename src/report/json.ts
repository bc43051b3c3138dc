import { RESULTS_SCHEMA_VERSION } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import type { TextSink } from './report-format.ts';
import { tradeOffs, type TradeOff } from './trade-off/trade-offs.ts';

/** results.json: `{schemaVersion, run, devices[], models[], results[], comparisons[], tradeOffs[]}`, one result a line. */
export async function writeJson(report: RunReport, out: TextSink): Promise<void> {
  await out.write(`{"schemaVersion":${RESULTS_SCHEMA_VERSION},\n"run":${JSON.stringify(report.run)},\n"devices":`);
  await writeArray(report.devices, out);
  await out.write(',\n"models":');
  await writeArray(report.models, out);
  await out.write(',\n"results":');
  await writeArray(report.results(), out);
  await out.write(',\n"comparisons":');
  await writeArray(report.comparisons, out);
  await out.write(',\n"tradeOffs":');
  await writeArray(tradeOffs(report).map(plainTradeOff), out);
  await out.write('}\n');
}

/** By case keys: the numbers are in the results. */
function plainTradeOff({ case: { model, workload, device, options }, objective, constraints, advice, recommended, candidates }: TradeOff): unknown {
  return {
    model, workload, device, batch: options.batch, objective, constraints, recommended: recommended?.result.key ?? null, advice,
    candidates: candidates.map(({ result, standing, why, speed, ratios, bounds }) => ({
      key: result.key, standing, why, speed, ratioToParent: ratios, bounds: bounds.map(({ constraint: { metric }, state, doubtful }) => ({ metric, state, doubtful: doubtful === 'yes' })),
    })),
  };
}

async function writeArray(items: Iterable<unknown>, out: TextSink): Promise<void> {
  let separator = '[\n';
  for (const item of items) {
    await out.write(separator + JSON.stringify(item));
    separator = ',\n';
  }
  await out.write(separator === '[\n' ? '[]' : '\n]');
}
