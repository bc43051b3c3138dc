import type { ChangeEvent, DatedChange } from '../domain/event.ts';
import type { Series } from '../domain/series.ts';

/** Two metrics of one change are placed up to this many nights apart (twice the error of a place that `bench:detect` sees for small steps). */
const SAME_CHANGE_NIGHTS = 7;

function modelFile(changes: readonly DatedChange[]): string | null {
  return changes.find((change) => change.field === 'model')?.to ?? null;
}

/** `model/variant/…/device` of a key, without what else the case is. */
function sameModel(series: Series, key: string): boolean {
  return key.startsWith(`${series.case.model}/${series.case.variant}/`) && key.includes(`/${series.case.device}?`);
}

/**
 * The event that a nominated change is part of: of the same case, of the same device that moved as a whole, or of another case of the same model whose file changed to
 * the same one; at about the same night. Null when it is an event of its own.
 */
export function eventOf(events: readonly ChangeEvent[], series: Series, at: { readonly runIds: readonly string[]; readonly index: number; readonly ratio: number }, changes: readonly DatedChange[]): ChangeEvent | null {
  return events.findLast((event) => {
    if (event.state === 'fixed' || event.kind === 'broke' || event.device !== series.case.device) return false;
    const place = at.runIds.findIndex((runId) => runId >= event.firstBad);
    if (place < 0 || Math.abs(place - at.index) > SAME_CHANGE_NIGHTS) return false;
    if (event.cases.includes(series.key)) return true;
    if (event.scope === 'device') return event.series.some((member) => member.metric === series.metric && Math.sign(Math.log(member.ratio)) === Math.sign(Math.log(at.ratio)));
    const file = modelFile(changes);
    return file !== null && file === modelFile(event.changes) && event.cases.some((key) => sameModel(series, key));
  }) ?? null;
}
