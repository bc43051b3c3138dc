/** Which unit made an attempt (until here there was one device only), devices that are set aside, and the units that lots of cases are at home with. */
export const DEVICE_STEP = `
  ALTER TABLE attempt ADD COLUMN unit TEXT NOT NULL DEFAULT 'local';
  CREATE TABLE set_aside (
    device TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since TEXT NOT NULL
  ) STRICT;
  CREATE TABLE home (
    lot TEXT PRIMARY KEY,
    device TEXT NOT NULL
  ) STRICT;
`;
