/** Blocks of items that a variant answered on a device, with the scores of each item. */
export const QUALITY_STEP = `
  CREATE TABLE quality_attempt (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run(seq),
    subject TEXT NOT NULL,
    block INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    unit TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    status TEXT NOT NULL,
    record TEXT NOT NULL,
    items TEXT NOT NULL,
    UNIQUE (run, subject, block, attempt)
  ) STRICT;
`;
