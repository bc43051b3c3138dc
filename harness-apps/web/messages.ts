import type { MemoryReading } from './memory.ts';

/** What a person is shown of the work. */
export interface Activity {
  /** One line: what is being done now. */
  readonly doing: string;
  readonly facts: Readonly<Record<string, string>>;
}

export type ToWorker =
  /** One line of the orchestrator. */
  | { readonly kind: 'line'; readonly line: string }
  /** The answer to `ask-memory`; null where the browser does not tell. */
  | { readonly kind: 'memory'; readonly reading: MemoryReading | null };

export type FromWorker =
  | { readonly kind: 'event'; readonly line: string; readonly last: boolean }
  | { readonly kind: 'log'; readonly line: string }
  /** The browser tells the memory of a page only to its window. */
  | { readonly kind: 'ask-memory' }
  | { readonly kind: 'activity'; readonly activity: Activity };
