import type { Reason } from '../domain/verdict.ts';

/** Distinct messages kept of one code; the rest is only counted. */
const MESSAGES_KEPT = 4;
/** Distinct codes kept: there are a few dozen; a broken source must not fill the memory. */
const CODES_KEPT = 200;

export interface ReasonGroup {
  readonly code: string;
  /** How many cases gave it. */
  readonly count: number;
  readonly messages: readonly { readonly message: string; readonly count: number }[];
  /** How many of `count` had a message that is not in `messages`. */
  readonly others: number;
}

/** Counts reasons by code and, below it, by message. */
export class ReasonGroups {
  readonly #codes = new Map<string, { count: number; readonly messages: Map<string, number>; others: number }>();

  add(reason: Reason): void {
    const code = this.#codes.size < CODES_KEPT || this.#codes.has(reason.code) ? reason.code : 'other';
    const group = this.#codes.get(code) ?? { count: 0, messages: new Map<string, number>(), others: 0 };
    this.#codes.set(code, group);
    group.count++;
    const seen = group.messages.get(reason.message);
    if (seen !== undefined || group.messages.size < MESSAGES_KEPT) group.messages.set(reason.message, (seen ?? 0) + 1);
    else group.others++;
  }

  /** Most frequent first. */
  list(): readonly ReasonGroup[] {
    return Array.from(this.#codes, ([code, { count, messages, others }]) => ({ code, count, messages: Array.from(messages, ([message, n]) => ({ message, count: n })), others }))
      .sort((a, b) => b.count - a.count);
  }
}
