import type { ChangeEvent } from './event.ts';

/** What a night, or `paddock confirm`, brought, for people and webhooks. */
export interface NightNews {
  readonly runId: string;
  readonly suite: string;
  readonly startedAt: string;
  readonly noticed: readonly ChangeEvent[];
  readonly fixed: readonly ChangeEvent[];
  /** Events of earlier nights that an A/B has now confirmed, and those that it has refuted. */
  readonly confirmed: readonly ChangeEvent[];
  readonly refuted: readonly ChangeEvent[];
  readonly reopened: readonly ChangeEvent[];
  readonly withdrawn: readonly ChangeEvent[];
  /** Everything that somebody should look at, tonight's included. */
  readonly open: readonly ChangeEvent[];
  /** Devices that were not themselves. */
  readonly incidents: readonly { readonly device: string; readonly reason: string }[];
  /** Series that were judged, and those with too few nights; none by `paddock confirm`. */
  readonly judged: number;
  readonly notJudged: number;
}
