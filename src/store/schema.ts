import type { Database } from './database.ts';
import { DEVICE_STEP } from './device-schema.ts';
import { EVENT_STEP } from './event-schema.ts';
import { HISTORY_STEP } from './history-schema.ts';
import { HOLD_STEP } from './hold-schema.ts';
import { OWED_NEWS_STEP } from './owed-news-schema.ts';
import { QUALITY_STEP } from './quality-schema.ts';
import { REVISION_STEP } from './revision-schema.ts';
import { StoreError } from './store-error.ts';

/** Marks a SQLite file as a Paddock store (`PRAGMA application_id`): "padk" in ASCII. */
export const APPLICATION_ID = 0x7061646b;

/** The schema, step by step: step n brings a store of version n to n + 1 (`PRAGMA user_version`). Steps are only ever added. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE run (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    info TEXT NOT NULL,
    suite TEXT NOT NULL
  ) STRICT;
  CREATE TABLE device (
    run INTEGER NOT NULL REFERENCES run(seq),
    ordinal INTEGER NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (run, ordinal)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE planned_case (
    run INTEGER NOT NULL REFERENCES run(seq),
    ordinal INTEGER NOT NULL,
    key TEXT NOT NULL,
    spec TEXT NOT NULL,
    verdict TEXT,
    PRIMARY KEY (run, ordinal),
    UNIQUE (run, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE claim (
    run INTEGER PRIMARY KEY REFERENCES run(seq),
    token TEXT NOT NULL,
    owner TEXT NOT NULL,
    renewed_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(seq),
    kind TEXT NOT NULL CHECK (kind IN ('measure', 'verify')),
    subject TEXT NOT NULL,
    block INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    position INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    status TEXT NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (run, kind, subject, block, attempt)
  ) STRICT;
  CREATE INDEX attempt_of_run ON attempt (run);
  CREATE TABLE attempt_samples (
    attempt INTEGER PRIMARY KEY REFERENCES attempt(id),
    latencies BLOB NOT NULL,
    completions BLOB
  ) STRICT;
  CREATE TABLE result (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (run, ordinal),
    FOREIGN KEY (run, ordinal) REFERENCES planned_case(run, ordinal)
  ) STRICT;
  CREATE TABLE comparison (
    run INTEGER NOT NULL REFERENCES run(seq),
    ordinal INTEGER NOT NULL,
    comparison TEXT NOT NULL,
    PRIMARY KEY (run, ordinal)
  ) STRICT;
  `,
  HISTORY_STEP,
  EVENT_STEP,
  DEVICE_STEP,
  QUALITY_STEP,
  REVISION_STEP,
  HOLD_STEP,
  OWED_NEWS_STEP,
];

function pragma(database: Database, name: 'application_id' | 'user_version'): number {
  return Number(database.get(`PRAGMA ${name}`)?.[name] ?? 0);
}

/** What a file holds: nothing yet, or a store of some version. Anything else is refused.
 * @throws StoreError `not-a-store` for SQLite files of other programs, `newer-schema` */
export function storeVersion(database: Database, migrations: readonly string[] = MIGRATIONS): number {
  const application = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  if (application !== APPLICATION_ID) {
    const tables = Number(database.get('SELECT count(*) AS n FROM sqlite_schema')?.['n'] ?? 0);
    if (application === 0 && version === 0 && tables === 0) return 0;
    throw new StoreError('not-a-store', database.path, `${database.path} is a SQLite file of another program, not a Paddock store. What to do: choose another path.`);
  }
  if (version > migrations.length) {
    throw new StoreError('newer-schema', database.path,
      `store ${database.path} has schema ${version}, and this Paddock knows schemas up to ${migrations.length}. What to do: use the newer Paddock that wrote it.`);
  }
  return version;
}

/** Brings a store to the newest schema in one transaction. Several processes may do this at once: the version is read again under the lock. */
export function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): void {
  database.write(() => {
    const version = storeVersion(database, migrations);
    if (version === migrations.length) return;
    for (const step of migrations.slice(version)) database.execute(step);
    database.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.execute(`PRAGMA user_version = ${migrations.length}`);
  });
}
