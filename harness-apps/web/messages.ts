import type { BrowserFacts } from '../../src/domain/browser.ts';
import type { MemoryAbsence, MemoryReading } from './memory.ts';

/** What a person is shown of the work. */
export interface Activity {
  /** One line: what is being done now. */
  readonly doing: string;
  readonly facts: Readonly<Record<string, string>>;
}

export type ToWorker =
  /** One line of the orchestrator. */
  | { readonly kind: 'line'; readonly line: string }
  /** The answer to the question under way. */
  | { readonly kind: 'answer'; readonly answer: Answers[keyof Answers] };

export interface Answers {
  readonly memory: MemoryReading | MemoryAbsence;
  readonly facts: BrowserFacts;
  /** What spoiled the measurement since this was asked last. */
  readonly disturbance: string | null;
}

export type FromWorker =
  | { readonly kind: 'event'; readonly line: string; readonly last: boolean }
  | { readonly kind: 'log'; readonly line: string }
  /** What only a window can tell; one question at a time. */
  | { readonly kind: 'ask'; readonly what: keyof Answers }
  | { readonly kind: 'activity'; readonly activity: Activity };
