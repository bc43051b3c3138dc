/** Others that must be there: with one, its noise decides. */
export const MIN_OTHERS = 2;
/** Share of the others that must have moved. */
const MOVED_SHARE = 0.6;
/** An other has moved when it went the same way by at least this share of what the first did: models feel a hot or busy device unequally, and noise of 2 % seldom gives a third of 5 %. */
const LEAST_MOVE = 1 / 3;

/**
 * Whether a change of one model is one of its whole device: most of the other models on it moved the same way at the same time (METHODS 4.6).
 * Constants by `test/stats/moved-together.test.ts`: at 2 % noise, 5 % changes, five nights after, of 3 to 10 models.
 * @param lead the change's log ratio
 * @param others log ratios of the other models on the device around the same night, one a model
 */
export function movedTogether(lead: number, others: readonly number[]): boolean {
  if (others.length < MIN_OTHERS) return false;
  const along = others.filter((shift) => shift / lead >= LEAST_MOVE).length;
  return along >= MOVED_SHARE * others.length;
}
