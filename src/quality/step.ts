import * as z from 'zod';
import type { StepRef } from '../domain/quality.ts';
import { QualityError } from './quality-error.ts';

/** What a step may use besides its settings. */
export interface StepContext {
  /** The bytes of a file that a setting names: a path from the suite's folder, or npm:PACKAGE/PATH. Throws QualityError. */
  readonly readFile: (source: string) => Promise<Uint8Array>;
}

/** One small step between an item and a tensor, or between outputs and an answer. */
export interface StepKind<V, P = unknown> {
  readonly name: string;
  /** One sentence: what it does. */
  readonly summary: string;
  readonly parameters: z.ZodObject & z.ZodType<P>;
  /** Reads what the settings name and gives the function. Both throw QualityError. */
  readonly bind: (parameters: P, context: StepContext) => Promise<(value: V) => V>;
}

/** A step kind with its settings' type put away, for registries. */
export interface StepEntry<V> {
  readonly name: string;
  readonly summary: string;
  readonly parameters: z.ZodObject;
  readonly bind: (given: unknown, context: StepContext) => Promise<(value: V) => V>;
}

/** For a registry line. */
export function stepEntry<V, P>(kind: StepKind<V, P>): StepEntry<V> {
  return {
    name: kind.name, summary: kind.summary, parameters: kind.parameters,
    bind: async (given, context) => {
      const read = kind.parameters.safeParse(given);
      if (!read.success) throw new QualityError('step', `step ${kind.name}: ${z.prettifyError(read.error)}`);
      return kind.bind(read.data, context);
    },
  };
}

/** A step that reads no file. */
export function plainStep<V, P>(kind: Omit<StepKind<V, P>, 'bind'> & { readonly apply: (value: V, parameters: P) => V }): StepEntry<V> {
  return stepEntry<V, P>({ ...kind, bind: (parameters) => Promise.resolve((value: V) => kind.apply(value, parameters)) });
}

/** Puts steps one after another. Throws QualityError for a step that is not in the registry, or settings that don't fit. */
export async function bindSteps<V>(registry: readonly StepEntry<V>[], refs: readonly StepRef[], context: StepContext): Promise<(value: V) => V> {
  const steps: ((value: V) => V)[] = [];
  for (const { step, ...parameters } of refs) {
    const found = registry.find((entry) => entry.name === step);
    if (found === undefined) throw new QualityError('step', unknownStep(registry, step));
    steps.push(await found.bind(parameters, context));
  }
  return (value) => steps.reduce((current, step) => step(current), value);
}

export function unknownStep(registry: readonly { readonly name: string }[], step: string): string {
  return `there is no step "${step}" here; there are: ${registry.map((entry) => entry.name).join(', ')}`;
}
