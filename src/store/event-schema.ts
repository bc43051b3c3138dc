/** Events, and nights on which a device was not itself. Events are JSON: there are few, and they are read whole. */
export const EVENT_STEP = `
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    noticed_at TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_noticed ON event (noticed_at);
  CREATE TABLE incident_night (
    run INTEGER NOT NULL REFERENCES run(seq),
    device TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, device)
  ) STRICT, WITHOUT ROWID;
`;
