import * as z from 'zod';

const eventIds = z.array(z.string());

/** What watching a night found, each event by its id. */
export const nightFindingsSchema = z.object({
  noticed: eventIds, fixed: eventIds, reopened: eventIds, withdrawn: eventIds,
  judged: z.int().nonnegative(), notJudged: z.int().nonnegative(),
});
export type NightFindings = Readonly<z.infer<typeof nightFindingsSchema>>;

/** What a finished run has still to do: to judge its series, to tell what it found, or the rest of that. */
export const owedNewsSchema = z.object({
  /** The run's report folder, absolute. */
  folder: z.string(),
  /** The id that its messages carry: who gets one twice can tell. */
  delivery: z.string(),
  /** Null: its series were not judged yet. */
  findings: nightFindingsSchema.nullable(),
  /** Events of which an A/B was made, or begun. */
  tried: eventIds,
  /** Who was told, or given up: none is told again. */
  told: z.array(z.string()),
});
export type OwedNews = Readonly<z.infer<typeof owedNewsSchema>>;
