/** A number inside a result's conditions, real or null. */
const condition = (name: string): string => `CAST(json_extract(result, '$.conditions.${name}') AS REAL)`;

/**
 * Series and their points, with those of the runs already stored. A case has a point in each run that planned it (`case_point`), with its state; a series (a metric of a case)
 * has one where the run gave a number. Clustered by series, so that a year of one is read from a few pages.
 */
export const HISTORY_STEP = `
  ALTER TABLE run ADD COLUMN purpose TEXT NOT NULL DEFAULT 'suite';
  ALTER TABLE run ADD COLUMN started_at TEXT NOT NULL DEFAULT '';
  ALTER TABLE run ADD COLUMN name TEXT NOT NULL DEFAULT '';
  UPDATE run SET started_at = json_extract(info, '$.startedAt'), name = json_extract(info, '$.suite');
  CREATE TABLE series_case (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL
  ) STRICT;
  CREATE TABLE environment (
    id INTEGER PRIMARY KEY,
    fields TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE case_point (
    subject INTEGER NOT NULL REFERENCES series_case(id),
    run INTEGER NOT NULL REFERENCES run(seq),
    state TEXT NOT NULL,
    reason TEXT,
    environment INTEGER REFERENCES environment(id),
    temperature REAL,
    pressure REAL,
    steal REAL,
    throttled REAL,
    PRIMARY KEY (subject, run)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX case_point_of_run ON case_point (run);
  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    subject INTEGER NOT NULL REFERENCES series_case(id),
    metric TEXT NOT NULL,
    unit TEXT NOT NULL,
    UNIQUE (subject, metric)
  ) STRICT;
  CREATE TABLE metric_point (
    series INTEGER NOT NULL REFERENCES series(id),
    run INTEGER NOT NULL REFERENCES run(seq),
    value REAL NOT NULL,
    low REAL,
    high REAL,
    n INTEGER NOT NULL,
    PRIMARY KEY (series, run)
  ) STRICT, WITHOUT ROWID;

  INSERT INTO series_case (key, spec) SELECT key, spec FROM (SELECT key, spec, max(run) FROM result JOIN planned_case USING (run, ordinal) GROUP BY key);
  CREATE TEMP TABLE backfill AS
    SELECT result.run, series_case.id AS subject, result.result AS result,
      CASE WHEN json_type(result, '$.provenance') = 'object' THEN json_patch('{}', json_object(
        'model', json_extract(result, '$.provenance.modelSha256'), 'runtime', json_extract(result, '$.provenance.runtimeVersion'),
        'harness', json_extract(result, '$.provenance.harness') || ' ' || json_extract(result, '$.provenance.harnessSha256'), 'options', json_extract(result, '$.provenance.options'),
        'inputs', json_extract(result, '$.provenance.inputsSha256'), 'preset', json_extract(run.info, '$.preset'), 'paddock', json_extract(result, '$.provenance.paddock'),
        'os', json_extract(result, '$.provenance.os'), 'clock', json_extract(result, '$.provenance.clockRegime'),
        'cores', CAST((SELECT json_extract(facts, '$.cores') FROM device WHERE device.run = result.run AND json_extract(facts, '$.id') = coalesce(json_extract(result, '$.unit'), json_extract(planned_case.spec, '$.device'))) AS TEXT),
        'device', json_extract(result, '$.provenance.deviceModel'), 'unit', json_extract(result, '$.unit'))) END AS fields
    FROM result JOIN planned_case USING (run, ordinal) JOIN series_case USING (key) JOIN run ON run.seq = result.run;
  INSERT INTO environment (fields) SELECT DISTINCT fields FROM backfill WHERE fields IS NOT NULL;
  INSERT INTO case_point (subject, run, state, reason, environment, temperature, pressure, steal, throttled)
    SELECT subject, run, json_extract(result, '$.verdict.status'), json_extract(result, '$.verdict.reasons[0].message'), environment.id,
      ${['temperatureMaxC', 'cpuPressureMax', 'stealMean', 'throttleEvents'].map(condition).join(', ')}
    FROM backfill LEFT JOIN environment USING (fields);
  INSERT INTO series (subject, metric, unit)
    SELECT subject, metric.key, max(json_extract(metric.value, '$.unit')) FROM backfill, json_each(result, '$.metrics') AS metric GROUP BY subject, metric.key;
  INSERT INTO metric_point (series, run, value, low, high, n)
    SELECT series.id, backfill.run, json_extract(metric.value, '$.value'), json_extract(metric.value, '$.low'), json_extract(metric.value, '$.high'), json_extract(metric.value, '$.n')
    FROM backfill, json_each(result, '$.metrics') AS metric JOIN series ON series.subject = backfill.subject AND series.metric = metric.key;
  DROP TABLE backfill;
`;
