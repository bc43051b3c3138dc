import { once, setMaxListeners } from 'node:events';
import type { Lot } from './lots.ts';

/**
 * Lots of cases and the units that work them off. A lot with a home waits for that unit as long as it is in the run; the others go, longest first, to
 * whoever asks (list scheduling in the order of the longest: Graham 1969). What a unit was working at when it left goes to another that can take it.
 */
export class WorkQueue {
  readonly #waiting: Lot[];
  readonly #units: Set<string>;
  readonly #homes: Map<Lot, string>;
  readonly #working = new Map<string, Lot>();
  readonly #changed = new EventTarget();

  /** @param homeOf the unit that a lot was with before, null where it was with none */
  constructor(lots: readonly Lot[], units: readonly string[], homeOf: (lot: Lot) => string | null) {
    this.#waiting = lots.toSorted((a, b) => b.seconds - a.seconds);
    this.#units = new Set(units);
    // One for each unit that waits.
    setMaxListeners(0, this.#changed);
    this.#homes = new Map(lots.flatMap((lot) => {
      const home = homeOf(lot);
      return home !== null && lot.units.includes(home) ? [[lot, home] as const] : [];
    }));
  }

  /** The next lot for a unit, which is done with the one before. Waits while another unit could still leave one to it; null when none can come. Throws the signal's reason. */
  async next(unit: string, signal: AbortSignal): Promise<Lot | null> {
    if (this.#working.delete(unit)) this.#tell();
    for (;;) {
      signal.throwIfAborted();
      if (!this.#units.has(unit)) return null;
      const index = this.#waiting.findIndex((lot) => lot.units.includes(unit) && this.#homeOf(lot, unit) === unit);
      const [lot] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (lot !== undefined) {
        this.#working.set(unit, lot);
        this.#homes.set(lot, unit);
        return lot;
      }
      if (![...this.#waiting, ...this.#working.values()].some((other) => other.units.includes(unit))) return null;
      await once(this.#changed, 'change', { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    }
  }

  /** The unit takes no more: its lots are free for others. Gives those that nobody is left for. */
  leave(unit: string): readonly Lot[] {
    this.#units.delete(unit);
    const own = this.#working.get(unit);
    this.#working.delete(unit);
    if (own !== undefined) this.#waiting.unshift(own);
    const stranded = this.#waiting.filter((lot) => !lot.units.some((other) => this.#units.has(other)));
    for (const lot of stranded) this.#waiting.splice(this.#waiting.indexOf(lot), 1);
    this.#tell();
    return stranded;
  }

  /** Seconds of work that a unit may expect beside the lot it has: its own, and its share of what any of several can take. */
  expectedSeconds(unit: string): number {
    return this.#waiting.filter((lot) => lot.units.includes(unit) && this.#homeOf(lot, unit) === unit)
      .reduce((sum, lot) => sum + lot.seconds / (this.#homes.has(lot) ? 1 : lot.units.filter((other) => this.#units.has(other)).length), 0);
  }

  /** The unit that a lot is with; whoever asks where it is with none, or with one that left. */
  #homeOf(lot: Lot, asking: string): string {
    const home = this.#homes.get(lot);
    return home !== undefined && this.#units.has(home) ? home : asking;
  }

  #tell(): void {
    this.#changed.dispatchEvent(new Event('change'));
  }
}
