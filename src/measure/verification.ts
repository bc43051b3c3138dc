import { posix } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { VerificationRecord } from '../domain/launch.ts';
import type { Parity, Placement } from '../domain/result.ts';
import type { Tensor } from '../domain/tensor.ts';
import { OK, type Reason, type Verdict } from '../domain/verdict.ts';
import type { TensorRef } from '../harness/protocol.ts';
import { launchFault } from './fault.ts';
import { compareOutputs, firstNotFinite } from './parity.ts';
import { judgePlacement, summarizePlacement } from './placement.ts';
import { inferSamples, openModel, sayBye, startHarness } from './session.ts';
import { softwareGpuReason } from './software-gpu.ts';
import type { LaunchTarget } from './target.ts';

const PLACEMENT_MS = 120_000;
/** Inferences in the profiled pass: enough for node times to settle a little, few enough for a slow model. */
const PROFILED_SAMPLES = 2;

/** What the reference model answers for the same inputs. */
export interface Reference {
  /** `fp32 on cpu`, for people. */
  readonly label: string;
  /** `itself`: there is nothing better than the same file on the plainest path (no fp32 variant, or an engine that only the device has). */
  readonly kind: 'reference' | 'itself';
  /** The engine's name. */
  readonly engine: string;
  /** What it was given, which must be what the variant is given: numbers are drawn by an input's name. */
  readonly inputs: readonly Pick<TensorRef, 'name' | 'shape'>[];
  readonly outputs: readonly (readonly Tensor[])[];
}

/** The variant that is the reference has no file. */
export class ReferenceMissing extends Error {
  override readonly name = 'ReferenceMissing';
}

/** Outputs of a model on the plainest path there is: CPU, one thread, graph optimisation off. Throws the harness client's errors and InputError. */
export async function computeReference(target: LaunchTarget, kind: Reference['kind'], signal: AbortSignal): Promise<Reference> {
  await using client = await startHarness(target, signal);
  const session = await openModel(client, target, {}, signal);
  const outputs = await inferSamples(session, session.inputs.samples.length, target.limits.inferenceMs);
  await sayBye(client);
  const path = target.engine.referenceOn === 'host' ? `${target.delegate.name}, unoptimised` : `${target.engine.name} ${target.delegate.name} of the device itself, one thread`;
  return { kind, label: `${target.variant.id} on ${path}`, engine: target.engine.name, inputs: session.inputs.samples[0] ?? [], outputs };
}

/** The same target on the reference path. */
export function referenceTarget(target: LaunchTarget, parts: Pick<LaunchTarget, 'variant' | 'file' | 'engine' | 'delegate' | 'argv' | 'device'>): LaunchTarget {
  return {
    ...target, ...parts,
    case: { ...target.case, variant: parts.variant.id, delegate: parts.delegate.name, options: { ...target.case.options, threads: 1 } },
    runtime: { id: target.runtime.id, delegates: [parts.delegate.name], threads: [1], graphOptimization: 'disabled', fallback: 'invalid' },
  };
}

function verdictOf(reasons: readonly Reason[], status: Verdict['status'] = 'invalid'): Verdict {
  return reasons.length > 0 ? { status, reasons } : OK;
}

/** A reference that fails is no fault of the case's, but leaves its outputs unchecked. */
async function tryReference(reference: (signal: AbortSignal) => Promise<Reference>, signal: AbortSignal): Promise<Reference | { readonly unchecked: Reason }> {
  try {
    return await reference(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ReferenceMissing) return { unchecked: { code: 'no-reference', message: `the outputs are unchecked: ${error.message}` } };
    const fault = launchFault(error);
    if (fault === null) throw error;
    return { unchecked: { code: 'no-reference', message: `the reference could not be computed, so that the outputs are unchecked: ${fault.verdict.reasons.map((reason) => reason.message).join('; ')}` } };
  }
}

/** Converters rename inputs and change their layout; other numbers have other outputs, whatever the model. */
function withSameInputs(expected: Reference | { readonly unchecked: Reason }, given: Reference['inputs']): typeof expected {
  if ('unchecked' in expected) return expected;
  const words = (inputs: Reference['inputs']): string => inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).toSorted().join(', ');
  if (words(given) === words(expected.inputs)) return expected;
  return { unchecked: { code: 'no-reference', message: `the outputs are unchecked: this variant takes ${words(given)}, and the reference (${expected.label}) ${words(expected.inputs)}, so that they can't be given the same numbers; convert the file so that its inputs keep their names and layout, or make it a model of its own` } };
}

/** Runs the model once more, profiled: which nodes ran where, and are the outputs right. A fault of the case is a record, never a throw. */
export async function verify(target: LaunchTarget, reference: (signal: AbortSignal) => Promise<Reference>, signal: AbortSignal): Promise<VerificationRecord> {
  const warnings: Reason[] = [];
  let placement: Placement | null = null;
  let parity: Parity | null = null;
  try {
    await using client = await startHarness(target, signal);
    const session = await openModel(client, target, { profilePrefix: posix.join(await target.device.transport.scratch(signal), `profile-${randomUUID()}`) }, signal);
    warnings.push(...session.warnings);
    const outputs = await inferSamples(session, Math.max(PROFILED_SAMPLES, session.inputs.samples.length), target.limits.inferenceMs);
    placement = summarizePlacement(await client.placement(PLACEMENT_MS), target.delegate);
    const badEnd = await sayBye(client);
    if (badEnd !== null) warnings.push(badEnd);
    const ran = judgePlacement(placement, target.delegate);
    warnings.push(...ran.warnings);
    // The software first: it decides that no launch is worth making.
    const broken = [softwareGpuReason(target, session.softwareGpu), ran.reason].filter((reason) => reason !== null);
    const status = ran.ran === 'elsewhere' && target.runtime.fallback === 'failed' ? 'failed' : 'invalid';
    const notFinite = firstNotFinite(outputs);
    if (notFinite !== null) {
      broken.push({ code: 'not-finite', message: `output "${notFinite.output}" has ${notFinite.count} values that are NaN or infinite` });
    } else {
      const expected = withSameInputs(await tryReference(reference, signal), session.inputs.samples[0] ?? []);
      if ('unchecked' in expected) {
        const verdict = verdictOf([...broken, expected.unchecked], status);
        return { verdict: { status: verdict.status, reasons: [...verdict.reasons] }, warnings, placement, parity, log: '' };
      }
      if (expected.kind === 'itself') warnings.push({ code: 'self-reference', message: `outputs are compared with those of the same file (${expected.label}): faults of the variant itself do not show` });
      const compared = compareOutputs(outputs, expected.outputs, target.variant.precision, expected.label, expected.engine === target.engine.name ? 'kept' : 'may-differ');
      if (compared.kind === 'mismatch') broken.push({ code: 'parity', message: compared.message });
      if (compared.kind === 'not-finite') broken.push({ code: 'not-finite', message: `output "${compared.output}" has ${compared.count} values that are NaN or infinite` });
      if (compared.kind === 'reference-not-finite') broken.push({ code: 'no-reference', message: `output "${compared.output}" of the reference (${expected.label}) has ${compared.count} values that are NaN or infinite, so that the outputs are unchecked` });
      if (compared.kind === 'compared') {
        ({ parity } = compared);
        if (!parity.passed) broken.push({ code: 'parity', message: `outputs differ from ${parity.reference}: relative error ${parity.maxRelError.toPrecision(2)}, cosine ${parity.cosine.toFixed(5)} (bound ${parity.bound})` });
      }
    }
    const verdict = verdictOf(broken, status);
    return { verdict: { status: verdict.status, reasons: [...verdict.reasons] }, warnings, placement, parity, log: '' };
  } catch (error) {
    signal.throwIfAborted();
    const fault = launchFault(error);
    if (fault === null) throw error;
    return { verdict: { status: fault.verdict.status, reasons: [...fault.verdict.reasons] }, warnings, placement, parity, log: fault.log };
  }
}
