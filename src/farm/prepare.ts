import type { Suite } from '../domain/suite.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Device } from '../device/device.ts';
import { ModelFileError, type ModelFileContext } from '../harness/model-file.ts';
import { launchFault } from '../measure/fault.ts';
import { startHarness } from '../measure/session.ts';
import type { LaunchLimits } from '../measure/target.ts';
import { isRecipeFault } from '../recipe/make-variant.ts';
import { checkRuntimes, type Offer } from './plan.ts';
import { ParentMissingError, variantFiles } from './variants.ts';
import { harnessCommand, type Workplace } from './workplace.ts';
import type { RunSpec } from './run-spec.ts';

const BYE_MS = 10_000;

/** What planning needs to know of the files and devices, found out by asking them. */
export interface Prepared {
  readonly files: RunSpec['files'];
  readonly faults: Map<string, Verdict>;
  readonly harnesses: RunSpec['harnesses'];
  readonly offers: Map<string, Offer>;
}

export interface PrepareOptions {
  readonly suite: Suite;
  readonly suiteFolder: string;
  readonly devices: readonly Device[];
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly onProgress: NonNullable<ModelFileContext['onProgress']>;
}

export function limitsOf(suite: Suite): LaunchLimits {
  return { memoryBytes: suite.limits.memoryMiB * 1024 * 1024, loadMs: suite.limits.loadSeconds * 1000, inferenceMs: suite.limits.inferenceSeconds * 1000 };
}

async function askOffer(device: Device, argv: readonly string[], engine: string, limits: LaunchLimits, signal: AbortSignal): Promise<Offer> {
  try {
    await using client = await startHarness({ device, argv, limits }, signal);
    const { harness, runtimes } = client.hello;
    await client.bye(BYE_MS);
    const found = runtimes.find((runtime) => runtime.name === engine);
    if (found === undefined) {
      const message = `${harness.name} ${harness.version} carries ${runtimes.map((runtime) => runtime.name).join(', ') || 'no runtime'}, not ${engine}`;
      return { kind: 'not-there', verdict: { status: 'unsupported', reasons: [{ code: 'runtime-not-offered', message }] } };
    }
    return { kind: 'there', runtimeVersion: found.version, harness: harness.name, delegates: found.delegates.map((delegate) => delegate.name) };
  } catch (error) {
    signal.throwIfAborted();
    const fault = launchFault(error);
    if (fault === null) throw error;
    return { kind: 'not-there', verdict: fault.verdict };
  }
}

/** The verdict of every case of a variant that could not be had. Throws what is no fault of the variant. */
function variantFault(error: unknown): Verdict {
  const code = error instanceof ModelFileError ? `model-${error.kind}` : error instanceof ParentMissingError ? 'parent-missing' : isRecipeFault(error) ? `recipe-${error.kind}` : null;
  if (code === null || !(error instanceof Error)) throw error;
  return { status: 'failed', reasons: [{ code, message: error.message }] };
}

/** Finds or makes the model files and asks each device's harnesses what they offer. A missing file is the fault of its cases, not of the run. Throws PlanError. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { suite, suiteFolder, workplace, signal } = options;
  checkRuntimes(suite.runtimes);
  const faults = new Map<string, Verdict>();
  const context = { suiteFolder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder, signal, onProgress: options.onProgress, workplace, limits: limitsOf(suite) };
  const files = await variantFiles(suite, context, (key, error) => { faults.set(key, variantFault(error)); });
  const harnesses: RunSpec['harnesses'] = {};
  const offers = new Map<string, Offer>();
  for (const runtime of suite.runtimes) {
    const harness = await harnessCommand(runtime, suiteFolder, workplace);
    harnesses[runtime.id] = harness;
    for (const device of options.devices) {
      offers.set(`${device.facts.id}/${runtime.id}`, await askOffer(device, harness.argv, runtime.engine ?? runtime.id, limitsOf(suite), signal));
    }
  }
  return { files, faults, harnesses, offers };
}
