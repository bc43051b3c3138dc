import type { KeptOps, RecipeReport } from './recipe.ts';

/** Counts what a recipe converts and keeps. */
export class Tally {
  readonly #converted = new Map<string, number>();
  readonly #kept = new Map<string, { op: string; reason: string; count: number }>();
  readonly #notes: string[] = [];

  convert(op: string): void {
    this.#converted.set(op, (this.#converted.get(op) ?? 0) + 1);
  }

  keep(op: string, reason: string): void {
    const key = `${op}\n${reason}`;
    const entry = this.#kept.get(key) ?? { op, reason, count: 0 };
    entry.count++;
    this.#kept.set(key, entry);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  get convertedCount(): number {
    return [...this.#converted.values()].reduce((sum, count) => sum + count, 0);
  }

  report(): RecipeReport {
    const sorted = <T>(entries: Iterable<readonly [string, T]>): (readonly [string, T])[] => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return { converted: Object.fromEntries(sorted(this.#converted)), kept: sorted(this.#kept).map(([, entry]): KeptOps => entry), notes: this.#notes };
  }
}
