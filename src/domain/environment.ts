import * as z from 'zod';
import { startWords } from './browser-start-words.ts';
import type { CaseResult, DeviceFacts } from './result.ts';

/** What of a point's surroundings a person can change: `software` Paddock can put back for an A/B, a `setting` of the device it can imitate there, `suite` is the suite's own doing, `device` can only be told. */
export type EnvironmentSide = 'software' | 'setting' | 'suite' | 'device';

/** Everything recorded beside a point, in the order in which it is told. */
export const ENVIRONMENT_FIELDS = {
  model: { label: 'model file', side: 'software' },
  runtime: { label: 'runtime', side: 'software' },
  harness: { label: 'harness app', side: 'software' },
  options: { label: 'options', side: 'software' },
  inputs: { label: 'inputs', side: 'suite' },
  protocol: { label: 'quality protocol and data', side: 'suite' },
  preset: { label: 'preset', side: 'suite' },
  paddock: { label: 'Paddock', side: 'suite' },
  os: { label: 'OS build', side: 'device' },
  driver: { label: 'GPU driver', side: 'device' },
  clock: { label: 'clock regime', side: 'device' },
  cores: { label: 'usable cores', side: 'setting' },
  cpus: { label: 'cores allowed', side: 'setting' },
  browser: { label: 'start of the browser', side: 'device' },
  device: { label: 'device model', side: 'device' },
  unit: { label: 'unit of the pool', side: 'device' },
} as const satisfies Readonly<Record<string, { readonly label: string; readonly side: EnvironmentSide }>>;
export type EnvironmentField = keyof typeof ENVIRONMENT_FIELDS;

export const ENVIRONMENT_FIELD_NAMES = Object.keys(ENVIRONMENT_FIELDS) as readonly EnvironmentField[];

/** What a point was measured with, as text by field; what is not known is absent. */
export const environmentSchema = z.partialRecord(z.enum(ENVIRONMENT_FIELD_NAMES as [EnvironmentField, ...EnvironmentField[]]), z.string());
export type Environment = Readonly<z.infer<typeof environmentSchema>>;

/** The environment of one result; null where nothing ran. */
export function environmentOf({ provenance, unit, quality }: Pick<CaseResult, 'provenance' | 'unit' | 'quality'>, device: DeviceFacts | undefined, preset: string): Environment | null {
  if (provenance === null) return null;
  return {
    model: provenance.modelSha256, runtime: provenance.runtimeVersion, harness: `${provenance.harness} ${provenance.harnessSha256}`, options: provenance.options,
    inputs: provenance.inputsSha256, preset, paddock: provenance.paddock, os: provenance.os, clock: provenance.clockRegime,
    ...(provenance.gpuDriver === undefined ? {} : { driver: provenance.gpuDriver }),
    ...(provenance.cpus === undefined ? {} : { cpus: provenance.cpus }),
    ...(quality === undefined || quality === null ? {} : { protocol: quality.protocolSha256 }),
    ...(device === undefined ? {} : { cores: String(device.cores), ...(device.browserStart === undefined ? {} : { browser: startWords(device.browserStart) }) }), device: provenance.deviceModel,
    ...(unit === null ? {} : { unit }),
  };
}

export const environmentChangeSchema = z.object({ field: z.enum(ENVIRONMENT_FIELD_NAMES as [EnvironmentField, ...EnvironmentField[]]), from: z.string(), to: z.string() });
/** One field that differs between two points. */
export type EnvironmentChange = Readonly<z.infer<typeof environmentChangeSchema>>;

/** The fields that both know and that differ. Which cores are allowed tells their number too. */
export function environmentChanges(from: Environment, to: Environment): readonly EnvironmentChange[] {
  const changes = ENVIRONMENT_FIELD_NAMES.flatMap((field) => {
    const [a, b] = [from[field], to[field]];
    return a === undefined || b === undefined || a === b ? [] : [{ field, from: a, to: b }];
  });
  return changes.some(({ field }) => field === 'cpus') ? changes.filter(({ field }) => field !== 'cores') : changes;
}
