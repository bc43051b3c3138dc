import type { ModelFormat } from '../domain/model-format.ts';
import type { DeviceFacts } from '../domain/result.ts';
import type { Suite } from '../domain/suite.ts';
import type { Verdict } from '../domain/verdict.ts';
import { ModelFileError, type ModelFileContext } from '../harness/model-file.ts';
import { readModelFormat } from '../harness/model-format.ts';
import type { LaunchLimits } from '../measure/target.ts';
import { isRecipeFault } from '../recipe/make-variant.ts';
import { askHarnessAgain } from './ask-again.ts';
import type { HarnessAnswer, HarnessReply } from './ask-harness.ts';
import { checkRuntimes, type Offer } from './plan.ts';
import { ParentMissingError, variantFiles, type VariantContext } from './variants.ts';
import type { Workplace } from './workplace.ts';
import type { RunSpec } from './run-spec.ts';
import type { Roster, Unit } from './unit.ts';

/** Asking costs this host little, but pushing a harness fills the wires. */
const UNITS_AT_ONCE = 16;

/** What planning needs to know of the files and devices, found out by asking them. */
export interface Prepared {
  readonly files: RunSpec['files'];
  readonly faults: Map<string, Verdict>;
  /** By `model/variant`. */
  readonly formats: ReadonlyMap<string, ModelFormat>;
  readonly harnesses: RunSpec['harnesses'];
  readonly offers: Map<string, Offer>;
}

export interface PrepareOptions {
  readonly suite: Suite;
  readonly suiteFolder: string;
  readonly roster: Pick<Roster, 'units' | 'absent'>;
  readonly workplace: Workplace;
  readonly signal: AbortSignal;
  readonly onProgress: NonNullable<ModelFileContext['onProgress']>;
  readonly onMake: VariantContext['onMake'];
  readonly onNote: (device: string, message: string) => void;
}

export function limitsOf(suite: Suite): LaunchLimits {
  return { memoryBytes: suite.limits.memoryMiB * 1024 * 1024, loadMs: suite.limits.loadSeconds * 1000, inferenceMs: suite.limits.inferenceSeconds * 1000 };
}

function offerOf(answer: HarnessAnswer, engine: string, { hardware }: DeviceFacts): Offer {
  if (answer.kind === 'not-there') return answer;
  const { harness, runtimes, browser } = answer.hello;
  const found = runtimes.find((runtime) => runtime.name === engine);
  if (found === undefined) {
    const message = `${harness.name} ${harness.version} carries ${runtimes.map((runtime) => runtime.name).join(', ') || 'no runtime'}, not ${engine}`;
    return { kind: 'not-there', verdict: { status: 'unsupported', reasons: [{ code: 'runtime-not-offered', message }] } };
  }
  const byProfile = hardware?.delegates[engine];
  return { kind: 'there', runtimeVersion: found.version, harness: harness.name, delegates: found.delegates.map((delegate) => delegate.name), ...(byProfile === undefined ? {} : { byProfile }), ...(browser === undefined ? {} : { browser }) };
}

/** One unit's harness for each runtime of the suite, and what it offers there. */
async function prepareUnit(unit: Unit, { suite, signal, onNote }: PrepareOptions, into: Pick<Prepared, 'harnesses' | 'offers'>): Promise<void> {
  let away: HarnessAnswer | null = null;
  for (const runtime of suite.runtimes) {
    const key = `${unit.id}/${runtime.id}`;
    const reply: HarnessReply = away === null ? await askHarnessAgain(unit, runtime, { signal, onNote }) : { answer: away, command: null };
    const { answer, command } = reply;
    // It was waited for: what it has of the other runtimes can't be asked either.
    if (answer.kind === 'not-there' && answer.verdict.status === 'skipped') away = answer;
    const offer = offerOf(answer, runtime.engine ?? runtime.id, unit.device.facts);
    into.offers.set(key, offer);
    if (command !== null) into.harnesses[key] = { argv: [...command.argv], sha256: command.sha256, delegates: offer.kind === 'there' ? [...offer.delegates] : [] };
  }
}

/** The verdict of every case of a variant that could not be had. Throws what is no fault of the variant. */
function variantFault(error: unknown): Verdict {
  const code = error instanceof ModelFileError ? `model-${error.kind}` : error instanceof ParentMissingError ? 'parent-missing' : isRecipeFault(error) ? `recipe-${error.kind}` : null;
  if (code === null || !(error instanceof Error)) throw error;
  return { status: 'failed', reasons: [{ code, message: error.message }] };
}

/** Finds or makes the model files and asks each unit's harnesses what they offer. A missing file is the fault of its cases, not of the run. Throws PlanError. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { suite, suiteFolder, roster: { units, absent }, workplace, signal } = options;
  checkRuntimes(suite.runtimes);
  const faults = new Map<string, Verdict>();
  const context = { suiteFolder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder, signal, onProgress: options.onProgress, onMake: options.onMake, workplace, limits: limitsOf(suite) };
  const files = await variantFiles(suite, context, (key, error) => { faults.set(key, variantFault(error)); });
  const prepared = { harnesses: {}, offers: new Map<string, Offer>() };
  for (const [unit, verdict] of absent) for (const runtime of suite.runtimes) prepared.offers.set(`${unit}/${runtime.id}`, { kind: 'not-there', verdict });
  const waiting = [...units];
  await Promise.all(Array.from({ length: UNITS_AT_ONCE }, async () => {
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) await prepareUnit(unit, options, prepared);
  }));
  const formats = new Map(await Promise.all(Object.entries(files).map(async ([key, { path }]) => [key, await readModelFormat(path)] as const)));
  return { files, faults, formats, ...prepared };
}
