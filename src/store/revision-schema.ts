/** A mark of each run that changes whenever its results are stored: what was made from a run with the same mark (a page of the dashboard) need not be made again. */
export const REVISION_STEP = `
  ALTER TABLE run ADD COLUMN revision TEXT NOT NULL DEFAULT '';
`;
