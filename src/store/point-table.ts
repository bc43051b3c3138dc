import { environmentOf } from '../domain/environment.ts';
import type { CaseResult } from '../domain/result.ts';
import type { Database } from './database.ts';
import { numberOf, textOf } from './rows.ts';
import { selectDevices, selectRun } from './run-table.ts';

/** Runs that are nights of series: A/B runs and checks have cases of their own making. */
const NIGHTLY: ReadonlySet<string> = new Set(['suite', 'canary']);

/** Writes the points of results into their series, over those of an earlier finalisation of the same run. Call what it gives inside a write transaction. */
export function pointRecorder(database: Database, runId: string, seq: number): (result: CaseResult) => void {
  const run = selectRun(database, runId);
  if (run === null || !NIGHTLY.has(run.purpose ?? 'suite')) return () => undefined;
  const devices = new Map(selectDevices(database, runId).map((facts) => [facts.id, facts]));
  const environments = new Map<string, number>();
  const environmentId = (fields: string): number => {
    const known = environments.get(fields) ?? idOf(database, 'INSERT INTO environment (fields) VALUES (?)', 'SELECT id FROM environment WHERE fields = ?', [fields], []);
    environments.set(fields, known);
    return known;
  };
  // A first finalisation has nothing to write over.
  const again = database.get('SELECT 1 FROM case_point WHERE run = ? LIMIT 1', seq) !== null;
  return (result) => {
    const subject = idOf(database, 'INSERT INTO series_case (key, spec) VALUES (?, ?)', 'SELECT id FROM series_case WHERE key = ?', [result.key], [JSON.stringify(result.case)]);
    // A first night on which the device was not there could not tell that it is emulated.
    if (result.case.emulated === true) database.run('UPDATE series_case SET spec = ? WHERE id = ? AND spec <> ?', JSON.stringify(result.case), subject, JSON.stringify(result.case));
    const environment = environmentOf(result, devices.get(result.unit ?? result.case.device), run.preset);
    const { conditions } = result;
    database.run('INSERT OR REPLACE INTO case_point (subject, run, state, reason, environment, temperature, pressure, steal, throttled) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      subject, seq, result.verdict.status, result.verdict.reasons[0]?.message ?? null, environment === null ? null : environmentId(JSON.stringify(environment)),
      conditions?.temperatureMaxC ?? null, conditions?.cpuPressureMax ?? null, conditions?.stealMean ?? null, conditions?.throttleEvents ?? null);
    const known = new Map(database.all('SELECT metric, id FROM series WHERE subject = ?', subject).map((row) => [textOf(database, row, 'metric'), numberOf(database, row, 'id')]));
    if (again) for (const series of known.values()) database.run('DELETE FROM metric_point WHERE series = ? AND run = ?', series, seq);
    for (const [name, metric] of Object.entries(result.metrics)) {
      if (metric === undefined) continue;
      const series = known.get(name) ?? database.run('INSERT INTO series (subject, metric, unit) VALUES (?, ?, ?)', subject, name, metric.unit).rowid;
      database.run('INSERT INTO metric_point (series, run, value, low, high, n) VALUES (?, ?, ?, ?, ?, ?)', series, seq, metric.value, metric.low, metric.high, metric.n);
    }
  };
}

/** The id of a row, which is made when there is none. */
function idOf(database: Database, insert: string, select: string, key: readonly (string | number)[], rest: readonly string[]): number {
  const known = database.get(select, ...key);
  if (known !== null) return numberOf(database, known, 'id');
  return database.run(insert, ...key, ...rest).rowid;
}
