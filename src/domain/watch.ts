import * as z from 'zod';
import type { Scenario } from './case.ts';
import { isMetricName, METRIC_NAMES, METRICS } from './metric.ts';
import { selectorSchema } from './selector.ts';

/** How a metric's series is watched. */
export interface WatchRule {
  readonly better: 'lower' | 'higher';
  /** Changes of level below this share are no changes. */
  readonly minEffect: number;
}

/**
 * Smallest changes that count: the detector's own 1 % for medians, means and low quantiles of many inferences; more where one value a launch is all there is (start-up, one inference, the tail)
 * or a sensor's steps are coarse (power). What is exact (file size) or deterministic (quality) counts from half a percent.
 */
const MIN_EFFECTS: Readonly<Record<string, number>> = {
  latency_p50: 0.01, latency_p90: 0.015, latency_p99: 0.03, latency_undisturbed: 0.01, sps: 0.01, init_time: 0.03, first_inference: 0.05,
  peak_memory: 0.02, memory_gpu: 0.02, model_size: 0.005, power_avg: 0.02, energy_per_inference: 0.02, sustained_latency_ratio: 0.02,
};
const QUALITY_MIN_EFFECT = 0.005;

/** In a closed loop SPS is the reciprocal of the mean latency, whose series is watched already. */
const SPS_SCENARIOS: ReadonlySet<Scenario> = new Set(['offline', 'server']);

/** Metrics that are watched, by name. `quality_loss` is a difference from the reference, which may be 0 or below: the quality itself is watched. */
const WATCHED = METRIC_NAMES.filter((name) => name in MIN_EFFECTS || (name.startsWith('quality_') && name !== 'quality_loss'));
const watchedSchema = z.enum(WATCHED, { error: (issue) => `${JSON.stringify(issue.input)} is no metric that is watched; those are: ${WATCHED.join(', ')}` });

/** How a series is watched; null where it tells nothing that another one doesn't (the memory of the whole process, the mean, idle power). */
export function watchRule(metric: string, scenario: Scenario, overrides: Readonly<Partial<Record<string, number>>> = {}): WatchRule | null {
  if (metric === 'sps' && !SPS_SCENARIOS.has(scenario)) return null;
  if (metric === 'quality_loss') return null;
  const known = MIN_EFFECTS[metric] ?? (metric.startsWith('quality_') ? QUALITY_MIN_EFFECT : undefined);
  if (known === undefined) return null;
  return { better: isMetricName(metric) ? METRICS[metric].better : 'higher', minEffect: overrides[metric] ?? known };
}

/** A change that is meant: events that match are acknowledged when they are noticed. */
const expectedSchema = z.strictObject({
  ...selectorSchema.shape,
  metric: watchedSchema.optional(),
  from: z.iso.date().describe('first day on which the change may show'),
  until: z.iso.date().describe('last day'),
  why: z.string().min(1).max(500),
});
export type ExpectedChange = z.infer<typeof expectedSchema>;

/** The `watch` part of a suite. */
export const watchSchema = z.strictObject({
  minEffect: z.partialRecord(watchedSchema, z.number().gt(0).max(1)).default({}).describe('metric -> smallest change of level that counts, as a share'),
  expected: z.array(expectedSchema).default([]).describe('changes that are meant, and till when'),
  keep: z.boolean().default(true).describe('keep model files and harness apps beside the store, from the second night on, so that a change can be confirmed by A/B'),
  canary: z.boolean().default(false).describe('measure a known model on each device before the run; a device that drifts from its own past is set aside'),
  notify: z.array(z.strictObject({
    url: z.string().min(1).describe('https://… (http:// on loopback only), or env:NAME'),
    secret: z.string().regex(/^(env|file):./).optional().describe('env:NAME or file:PATH; signs each message with HMAC-SHA256'),
  })).max(10).default([]).describe('webhooks that get the events of each run as JSON'),
});
export type WatchSettings = z.infer<typeof watchSchema>;
