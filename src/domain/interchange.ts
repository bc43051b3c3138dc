import * as z from 'zod';
import { changeEventSchema } from './event.ts';
import { idSchema } from './ids.ts';
import { launchRecordSchema, verificationRecordSchema } from './launch.ts';
import { plannedCaseSchema } from './plan.ts';
import { caseResultSchema, comparisonSchema, deviceFactsSchema, runInfoSchema } from './result.ts';

/** Version of the JSON Lines that `paddock export` writes; rises when a field changes its meaning or goes. */
export const EXPORT_SCHEMA_VERSION = 1;

/** A run's id becomes the name of a folder, so one from elsewhere must be an id. */
const runId = idSchema;

/** What an export holds beside results when it is asked for: `launches`, every attempt as it was recorded; `samples`, every latency too. */
export const EXPORT_EXTRAS = ['launches', 'samples'] as const;
export type ExportExtra = (typeof EXPORT_EXTRAS)[number];

const attemptFields = { subject: z.string(), block: z.int(), attempt: z.int(), position: z.int(), unit: z.string(), startedAt: z.string(), endedAt: z.string() };
const series = z.array(z.number()).nullable().describe('ns; null where there are none, or they were not asked for');
const attemptSchema = z.discriminatedUnion('kind', [
  z.object({ ...attemptFields, kind: z.literal('measure'), record: launchRecordSchema }),
  z.object({ ...attemptFields, kind: z.literal('verify'), record: verificationRecordSchema }),
]);

/** A device that was not itself on the night of a run: its points are none of its series. */
const incidentSchema = z.object({ device: z.string(), reason: z.string() });

/**
 * One line of an export. The first is the header; then each run is a `run`, its `case`s with their results, its `comparisons`, where asked for its `launch`es, and `end-of-run`, which says that
 * nothing of it is missing; the events come last.
 */
export const exportLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('paddock-export'), schemaVersion: z.literal(EXPORT_SCHEMA_VERSION), exportedAt: z.string() }),
  z.object({ type: z.literal('run'), info: runInfoSchema.extend({ id: runId }), suite: z.string(), devices: z.array(deviceFactsSchema), incidents: z.array(incidentSchema).default([]) }),
  z.object({ type: z.literal('case'), planned: plannedCaseSchema, result: caseResultSchema.nullable() }),
  z.object({ type: z.literal('comparisons'), comparisons: z.array(comparisonSchema) }),
  z.object({ type: z.literal('launch'), attempt: attemptSchema, samplesNs: series, completionsNs: series }),
  z.object({ type: z.literal('end-of-run'), id: runId, cases: z.int(), launches: z.int().default(0) }),
  z.object({ type: z.literal('event'), event: changeEventSchema }),
]);
export type ExportLine = z.infer<typeof exportLineSchema>;
