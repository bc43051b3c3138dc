import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from '../domain/case.ts';
import type { Environment } from '../domain/environment.ts';
import { referenceVariant, type ModelSpec, type RuntimeSpec, type Suite } from '../domain/suite.ts';
import { readRunSpec, RunSpecError, type RunSpec } from '../farm/run-spec.ts';
import { BUNDLE_MANIFEST } from '../harness/bundle-folder.ts';
import type { KeptFiles } from '../store/kept-files.ts';
import type { Store } from '../store/store.ts';
import { bundledCommand, bundleId } from './harness-bundle.ts';
import { coresPutBack, type HeldCores } from './held-cores.ts';
import type { SoftwareNight } from './software.ts';

/** What a night was measured with is no longer to be had. */
export class NotKept extends Error {
  override readonly name = 'NotKept';
}

/** The launches that an A/B makes of each side, at least and at most. Eight pairs have a rank interval at 95 % that leaves out the odd launch (METHODS 3). */
const MIN_LAUNCHES = 8;
const MAX_LAUNCHES = 40;
/** The interval of a side that an A/B aims at: a fifth of half the change that is looked for; launches that are more alike than that tell it surely. */
const PRECISION_SHARE = 0.2;
const FINEST_PRECISION = 0.01;
const COARSEST_PRECISION = 0.2;

/** An A/B's launches are no shorter than this, whatever the suite's are: one launch without enough samples takes a metric from its side. */
const MIN_SECONDS = 0.5;
const MAX_SECONDS = 3;

/** One side of an A/B: the model and options of one night, and the harness app, runtime and usable cores of one. */
export interface Arm {
  readonly id: string;
  readonly model: SoftwareNight;
  readonly runtime: SoftwareNight;
}

interface AbContext {
  /** The night by whose steps, metrics and data both sides are asked, by launches that need not tell times; null where it is launches that are compared. */
  readonly protocol: SoftwareNight | null;
  readonly store: Store;
  readonly kept: KeptFiles;
  readonly case: Case;
  /** The unit that the case is measured on. */
  readonly unit: string;
}

function specOf({ store }: Pick<AbContext, 'store'>, night: SoftwareNight): RunSpec {
  try {
    return readRunSpec(store.runSuite(night.runId), night.runId);
  } catch (error) {
    if (error instanceof RunSpecError) throw new NotKept(error.message);
    throw error;
  }
}

/** A hash over how a model's quality was asked on a night: steps, metrics and data. Null where it was not. Throws NotKept. */
export function protocolOf(store: Store, night: SoftwareNight, model: string): string | null {
  return specOf({ store }, night).quality[model]?.protocolSha256 ?? null;
}

/** The model as it was on a night, its files taken from what was kept. Throws NotKept. */
async function modelOf(context: AbContext, arm: Arm): Promise<ModelSpec> {
  const spec = specOf(context, arm.model);
  const model = spec.suite.models.find((item) => item.id === context.case.model);
  if (model === undefined) throw new NotKept(`the suite of run ${arm.model.runId} has no model ${context.case.model}`);
  const reference = referenceVariant(model);
  const wanted = model.variants.filter((variant) => variant.id === context.case.variant || variant.id === reference?.id);
  const variants = await Promise.all(wanted.map(async ({ id, precision }) => {
    const file = spec.files[`${model.id}/${id}`];
    const path = file === undefined ? null : await context.kept.file(file.sha256);
    if (file === undefined || path === null) throw new NotKept(`the file of ${model.id}/${id} of run ${arm.model.runId} is not kept`);
    return { id, precision, file: path, sha256: file.sha256 };
  }));
  const { quality: _quality, ...rest } = model;
  const quality = context.protocol === null ? undefined : specOf(context, context.protocol).suite.models.find((item) => item.id === context.case.model)?.quality;
  return { ...rest, ...(quality === undefined ? {} : { quality }), id: arm.id, variants, ...(reference === null ? {} : { reference: reference.id }) };
}

/** The runtime as it was on a night: its harness app from what was kept, or today's where the sides don't differ in it. Throws NotKept. */
async function runtimeOf(context: AbContext, arm: Arm, { needsKept, cores }: { readonly needsKept: boolean; readonly cores: readonly number[] | null }): Promise<RuntimeSpec> {
  const spec = specOf(context, arm.runtime);
  const runtime = spec.suite.runtimes.find((item) => item.id === context.case.runtime);
  if (runtime === undefined) throw new NotKept(`the suite of run ${arm.runtime.runId} has no runtime ${context.case.runtime}`);
  const options = specOf(context, arm.model).suite.runtimes.find((item) => item.id === context.case.runtime) ?? runtime;
  if (cores !== null && runtime.affinity !== undefined) throw new NotKept(`the suite of run ${arm.runtime.runId} holds ${context.case.runtime} on cores of its own (affinity), so that the usable ones can't be put back`);
  const base: RuntimeSpec = {
    ...runtime, id: arm.id, engine: runtime.engine ?? runtime.id, delegates: [context.case.delegate], threads: [context.case.options.threads], graphOptimization: options.graphOptimization,
    ...(cores === null ? {} : { affinity: [...cores] }),
  };
  const id = bundleId(arm.runtime.environment);
  const folder = id === null ? null : await context.kept.bundle(id);
  const argv = spec.harnesses[`${context.unit}/${runtime.id}`]?.argv;
  if (folder === null || argv === undefined) {
    if (needsKept) throw new NotKept(`the harness app and runtime of run ${arm.runtime.runId} (${arm.runtime.environment.runtime ?? 'unknown'}) are not kept`);
    return base;
  }
  const { library: _library, ...rest } = base;
  return { ...rest, harness: existsSync(join(folder, BUNDLE_MANIFEST)) ? { bundle: folder } : await bundledCommand(argv, folder) };
}

function differ(arms: readonly Arm[], field: keyof Environment): boolean {
  return new Set(arms.map((arm) => arm.runtime.environment[field])).size > 1;
}

/** The cores that each arm is held on; null where their nights had the same. Throws NotKept where nobody can put them back. */
export function coresOfArms(arms: readonly Arm[]): HeldCores | null {
  const found = coresPutBack(arms.map(({ runtime }) => runtime.environment));
  if (found.kind === 'not') throw new NotKept(found.reason);
  return found.kind === 'held' ? found.held : null;
}

/** A suite that measures one case's software of several nights side by side: each arm is a model and a runtime of that id. `halfChange`: half of the change that is looked for, as a share. Throws NotKept. */
export async function abSuite(context: AbContext, arms: readonly Arm[], halfChange: number): Promise<{ readonly suite: Suite; readonly spec: RunSpec }> {
  const last = arms.at(-1);
  if (last === undefined) throw new Error('an A/B needs sides');
  const spec = specOf(context, context.protocol ?? last.runtime);
  const needsKept = differ(arms, 'harness') || differ(arms, 'runtime');
  const { case: c, unit } = context;
  const workload = spec.suite.workloads.find((item) => item.id === c.workload);
  if (workload === undefined) throw new NotKept(`the suite of run ${(context.protocol ?? last.runtime).runId} has no workload ${c.workload}`);
  const device = spec.suite.devices.find((item) => item.id === unit || item.id === c.device);
  const held = coresOfArms(arms);
  const models: ModelSpec[] = [];
  const runtimes: RuntimeSpec[] = [];
  for (const [side, arm] of arms.entries()) {
    models.push(await modelOf(context, arm));
    runtimes.push(await runtimeOf(context, arm, { needsKept, cores: held?.cores[side] ?? null }));
  }
  const { tradeOff: _tradeOff, ...suite } = spec.suite;
  const { measure } = suite;
  return {
    spec,
    suite: {
      ...suite, suite: 'confirm', models, runtimes, workloads: [{ ...workload, batch: [c.options.batch] }], devices: [{ sensorsRoot: '/', ...device, id: unit }],
      measure: {
        ...measure, ...(context.protocol !== null ? { launches: 1, maxLaunches: 1 } : { launches: Math.max(MIN_LAUNCHES, measure.launches ?? 0), maxLaunches: Math.max(MAX_LAUNCHES, measure.maxLaunches ?? 0) }), precision: Math.min(COARSEST_PRECISION, Math.max(FINEST_PRECISION, PRECISION_SHARE * halfChange)),
        ...(measure.minSeconds === undefined ? {} : { minSeconds: Math.max(MIN_SECONDS, measure.minSeconds) }), ...(measure.maxSeconds === undefined ? {} : { maxSeconds: Math.max(MAX_SECONDS, measure.maxSeconds) }),
      },
      matrix: { include: arms.map((arm) => ({ model: arm.id, runtime: arm.id, variant: c.variant })), exclude: [] },
    },
  };
}
