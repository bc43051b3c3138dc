import type { ChangeEvent } from './event.ts';

/** What a night brought, for people and webhooks. */
export interface NightNews {
  readonly runId: string;
  readonly suite: string;
  readonly startedAt: string;
  readonly noticed: readonly ChangeEvent[];
  readonly fixed: readonly ChangeEvent[];
  readonly reopened: readonly ChangeEvent[];
  readonly withdrawn: readonly ChangeEvent[];
  /** Everything that somebody should look at, tonight's included. */
  readonly open: readonly ChangeEvent[];
  /** Devices that were not themselves. */
  readonly incidents: readonly { readonly device: string; readonly reason: string }[];
  /** Series that were judged, and those with too few nights. */
  readonly judged: number;
  readonly notJudged: number;
}
