/** Until when a device is set aside; null: until somebody readmits it. */
export const HOLD_STEP = `
  ALTER TABLE set_aside ADD COLUMN until TEXT;
`;
