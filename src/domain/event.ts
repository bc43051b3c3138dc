import * as z from 'zod';
import { environmentChangeSchema } from './environment.ts';

/** Version of what `history`, `changes` and webhooks give as JSON; rises when a field changes its meaning or goes. */
export const HISTORY_SCHEMA_VERSION = 1;

/**
 * The life of an event: `suspected` (the series says so) → `confirmed` (an A/B on the device says so too) or `refuted` (the A/B says that the software is not it) →
 * `acknowledged` (somebody knows, until a day) → `fixed` (the level is back; of an improvement: it is lost, and a regression is an event of its own).
 */
export const EVENT_STATES = ['suspected', 'confirmed', 'refuted', 'acknowledged', 'fixed'] as const;
export type EventState = (typeof EVENT_STATES)[number];

/** `broke`: a case that was `ok` no longer is. */
export const EVENT_KINDS = ['regressed', 'improved', 'broke'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** One series that moved. `ratio`: new level over old. */
export const eventSeriesSchema = z.object({
  key: z.string(),
  metric: z.string(),
  ratio: z.number(),
  /** The chance that noise alone shows a step as strong; null: nobody nominated it by itself: it moved along with its device, or lost what it had gained when the cause was put back. */
  p: z.number().nullable(),
  worse: z.boolean(),
  /** Run of the first value at the new level, moved as later nights tell more. */
  firstBad: z.string(),
  /** Run of the first value back at the old level. */
  fixedBy: z.string().nullable(),
});
export type EventSeries = Readonly<z.infer<typeof eventSeriesSchema>>;

/** A change of surroundings with the run that was the first to have it. */
export const datedChangeSchema = environmentChangeSchema.extend({ runId: z.string() });
export type DatedChange = Readonly<z.infer<typeof datedChangeSchema>>;

export const CONFIRMATION_OUTCOMES = ['confirmed', 'refuted', 'cannot-reproduce'] as const;
export type ConfirmationOutcome = (typeof CONFIRMATION_OUTCOMES)[number];

/** What an A/B between two nights' software said. */
export const confirmationSchema = z.object({
  outcome: z.enum(CONFIRMATION_OUTCOMES),
  at: z.string(),
  /** The A/B runs, in the order made; none where nothing could be run. */
  runIds: z.array(z.string()),
  /** Nights whose software stood against each other; after bisection, the two neighbours between which it happens. */
  base: z.string(),
  head: z.string(),
  /** The case that the A/B was of; null where none was made. */
  key: z.string().nullable().default(null),
  metric: z.string().nullable(),
  /** New over old on the same device at the same time, with its 95 % interval. */
  ratio: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** What differs between `base` and `head` and was put back for the A/B. */
  cause: z.array(environmentChangeSchema),
  reason: z.string(),
});
export type Confirmation = Readonly<z.infer<typeof confirmationSchema>>;

export const acknowledgementSchema = z.object({
  by: z.string(),
  why: z.string(),
  at: z.string(),
  /** ISO 8601; null: for good. */
  until: z.string().nullable(),
});
export type Acknowledgement = Readonly<z.infer<typeof acknowledgementSchema>>;

export const changeEventSchema = z.object({
  id: z.string(),
  /** `device`: the models of a device moved together. */
  scope: z.enum(['case', 'device']),
  suite: z.string(),
  device: z.string(),
  /** There when the device was emulated: nothing of it says anything of real hardware. */
  emulated: z.literal(true).optional(),
  kind: z.enum(EVENT_KINDS),
  state: z.enum(EVENT_STATES),
  /** Run after which it was noticed, and when that run began. */
  noticed: z.string(),
  noticedAt: z.string(),
  lastGood: z.string(),
  firstBad: z.string(),
  /** The first run of the new level lies from `earliest` to `latest` with 95 %. */
  earliest: z.string(),
  latest: z.string(),
  /** Keys of the cases that it is about. */
  cases: z.array(z.string()),
  /** Empty when the case broke. */
  series: z.array(eventSeriesSchema),
  /** Surroundings that changed from `lastGood` to `latest`. */
  changes: z.array(datedChangeSchema),
  confirmation: confirmationSchema.nullable(),
  acknowledgement: acknowledgementSchema.nullable(),
  /** What happened to it, oldest first. */
  log: z.array(z.object({ at: z.string(), text: z.string() })),
});
export type ChangeEvent = Readonly<z.infer<typeof changeEventSchema>>;

/** Whether somebody should look: not refuted, acknowledged or over. */
export function isOpen(event: Pick<ChangeEvent, 'state'>): boolean {
  return event.state === 'suspected' || event.state === 'confirmed';
}

/** The event in another state, with a line in its log. */
export function moved(event: ChangeEvent, state: EventState, at: string, text: string): ChangeEvent {
  return { ...event, state, log: [...event.log, { at, text }] };
}
