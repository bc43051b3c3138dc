import { delegateAbsence, type BrowserFacts } from '../domain/browser.ts';
import { caseFields, caseKey, type Case } from '../domain/case.ts';
import type { ModelFormat } from '../domain/model-format.ts';
import type { PlannedCase } from '../domain/plan.ts';
import type { Selector } from '../domain/selector.ts';
import type { ModelSpec, RuntimeSpec, Suite, WorkloadSpec } from '../domain/suite.ts';
import type { Verdict } from '../domain/verdict.ts';
import { MLPERF_SAMPLES_PER_QUERY } from '../measure/launch.ts';
import { findDelegate, findEngine, ENGINES } from '../runtime/registry.ts';

/** What a runtime's harness said it can do on a device, or why it could not say. */
export type Offer =
  | { readonly kind: 'there'; readonly runtimeVersion: string; readonly harness: string; readonly delegates: readonly string[]; /** Those that the hardware can run by its profile, where that tells it. */ readonly byProfile?: readonly string[]; /** What the browser says of itself, where the harness is a page in one. */ readonly browser?: BrowserFacts }
  | { readonly kind: 'not-there'; readonly verdict: Verdict };

/** A suite asks for something that no device could give: an engine or delegate that Paddock doesn't know, an option that its engine doesn't have, or a case selection that matches nothing. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** More cells than any farm measures in a night; a slip in a list must not fill the memory. */
const MAX_CELLS = 200_000;

export interface Plan {
  readonly cases: readonly PlannedCase[];
  /** Cells that the suite's include and exclude rules leave out. */
  readonly leftOut: number;
  /** Include and exclude rules that match no cell, as the suite has them: a slip of the pen, or a rule for another device. */
  readonly idleRules: readonly string[];
}

/** A case matches when every field of the selector has its value. */
export function matches(c: Case, selector: Selector): boolean {
  const fields = caseFields(c);
  return Object.entries(selector).every(([field, value]) => value === undefined || fields[field] === String(value));
}

/** Throws PlanError for engines and delegates that Paddock doesn't know, and for what an engine would leave aside without a word. */
export function checkRuntimes(runtimes: readonly RuntimeSpec[]): void {
  for (const runtime of runtimes) {
    const name = runtime.engine ?? runtime.id;
    const engine = findEngine(name);
    if (engine === null) throw new PlanError(`runtimes[${runtime.id}]: Paddock knows no engine "${name}"; it knows: ${ENGINES.map((item) => item.name).join(', ')}. Another id needs \`engine: NAME\``);
    if (engine.graphOptimization === 'none' && runtime.graphOptimization !== 'all') throw new PlanError(`runtimes[${runtime.id}].graphOptimization: ${name} has no levels of graph optimization; leave the key out`);
    for (const delegate of runtime.delegates) {
      if (findDelegate(engine, delegate) === null) throw new PlanError(`runtimes[${runtime.id}].delegates: ${name} has no delegate "${delegate}"; it has: ${engine.delegates.map((item) => item.name).join(', ')}`);
    }
  }
}

function hasBatchDimension(model: ModelSpec): boolean {
  return Object.values(model.inputs).some((input) => input.shape?.includes('batch') === true);
}

const EMPTY_POOL: Verdict = { status: 'skipped', reasons: [{ code: 'no-device', message: 'no device of this pool or profile can be reached; `paddock devices` lists what can' }] };

const FORMAT_NAMES: Readonly<Record<ModelFormat, string>> = { onnx: 'an ONNX file', tflite: 'a TensorFlow Lite file' };

interface Cell {
  readonly model: ModelSpec;
  readonly workload: WorkloadSpec;
  readonly runtime: RuntimeSpec;
  /** Undefined where the file could not be had. */
  readonly format: ModelFormat | undefined;
  readonly offer: Offer;
  readonly fault: Verdict | null;
  /** The same case with fewer threads, where the plan has one. */
  readonly fewerThreads: number | null;
}

/** Whether another build could bring a delegate that is not offered. */
function profileWords(delegate: string, byProfile: readonly string[] | undefined): string {
  if (byProfile === undefined) return '';
  return byProfile.includes(delegate) ? '; its profile says that this hardware can run it: take a build that has it' : `; by its profile this hardware runs ${byProfile.join(', ')}`;
}

function judge(c: Case, unit: string, { model, workload, runtime, format, offer, fault, fewerThreads }: Cell): Verdict | null {
  if (fault !== null) return fault;
  if (offer.kind === 'not-there') return offer.verdict;
  const unsupported = (code: string, message: string): Verdict => ({ status: 'unsupported', reasons: [{ code, message }] });
  const engine = findEngine(runtime.engine ?? runtime.id);
  if (engine !== null && format !== undefined && !engine.formats.includes(format)) {
    return unsupported('model-format', `${model.id}/${c.variant} is ${FORMAT_NAMES[format]}; ${engine.name} takes ${engine.formats.map((each) => FORMAT_NAMES[each]).join(', ')}`);
  }
  if (!offer.delegates.includes(c.delegate)) {
    const absence = offer.browser === undefined ? null : delegateAbsence(c.delegate, offer.browser);
    if (absence !== null) return unsupported('delegate-not-offered', `${c.delegate} does not work in the browser of ${unit}: ${absence}`);
    return unsupported('delegate-not-offered', `${offer.harness} offers ${offer.delegates.join(', ') || 'no delegate'} on ${unit}, not ${c.delegate}${profileWords(c.delegate, offer.byProfile)}`);
  }
  const delegate = engine === null ? null : findDelegate(engine, c.delegate);
  if (fewerThreads !== null && delegate !== null && (delegate.kind !== 'cpu' || delegate.isOpaque === true)) {
    return unsupported('threads-of-cpu', `${c.delegate} does not compute on the threads that are given to the CPU: it is measured once, with threads: ${fewerThreads}`);
  }
  if (c.options.batch > 1 && !hasBatchDimension(model)) {
    return unsupported('no-batch-dimension', `no input shape of model ${model.id} has a \`batch\` dimension in the suite, so a batch of ${c.options.batch} can not be made`);
  }
  const samplesPerQuery = workload.samplesPerQuery ?? MLPERF_SAMPLES_PER_QUERY;
  if (workload.scenario === 'multi-stream' && samplesPerQuery % c.options.batch !== 0) {
    return unsupported('batch-does-not-divide', `a query of ${samplesPerQuery} samples can not be made of batches of ${c.options.batch}`);
  }
  return null;
}

export interface PlanContext {
  readonly suite: Suite;
  /** By `unit/runtime`. */
  readonly offers: ReadonlyMap<string, Offer>;
  /** Ids of the units that an entry of `devices` stands for, where it is not one unit's own id. */
  readonly units: Readonly<Record<string, readonly string[]>>;
  /** By `model/variant`: files that could not be had. */
  readonly faults: ReadonlyMap<string, Verdict>;
  /** By `model/variant`, of the files that are there. */
  readonly formats: ReadonlyMap<string, ModelFormat>;
  /** When given, only these keys (`--case`). */
  readonly only: readonly string[];
}

/** Crosses models, variants, runtimes, delegates, threads, workloads, batches and devices. The order is that of the suite file. Throws PlanError. */
export function makePlan(context: PlanContext): Plan {
  const { suite, offers, units, faults, formats, only } = context;
  checkRuntimes(suite.runtimes);
  const { include, exclude } = suite.matrix;
  const cases: PlannedCase[] = [];
  let leftOut = 0;
  const all: string[] = [];
  const idle = new Set([...(include ?? []), ...exclude]);
  const isKept = (c: Case): boolean => (include === undefined || include.some((selector) => matches(c, selector))) && !exclude.some((selector) => matches(c, selector)) && (only.length === 0 || only.includes(caseKey(c)));
  for (const device of suite.devices) for (const model of suite.models) for (const workload of suite.workloads) for (const runtime of suite.runtimes) {
    for (const delegate of runtime.delegates) for (const threads of runtime.threads) for (const batch of workload.batch) for (const variant of model.variants) {
      const c: Case = {
        model: model.id, variant: variant.id, runtime: runtime.id, delegate, workload: workload.id, scenario: workload.scenario, device: device.id,
        options: { threads, batch },
      };
      const key = caseKey(c);
      all.push(key);
      for (const rule of idle) if (matches(c, rule)) idle.delete(rule);
      if (all.length > MAX_CELLS) throw new PlanError(`the suite crosses to more than ${MAX_CELLS} cells; split it, or cut its lists`);
      if (!isKept(c)) {
        leftOut++;
        continue;
      }
      const fewer = runtime.threads.filter((count) => count < threads && isKept({ ...c, options: { ...c.options, threads: count } }));
      const fewerThreads = fewer.length === 0 ? null : Math.min(...fewer);
      const verdicts = (units[device.id] ?? [device.id]).map((unit) => {
        const offer = offers.get(`${unit}/${runtime.id}`);
        if (offer === undefined) throw new Error(`no offer of ${runtime.id} on ${unit}`);
        return judge(c, unit, { model, workload, runtime, format: formats.get(`${model.id}/${variant.id}`), offer, fault: faults.get(`${model.id}/${variant.id}`) ?? null, fewerThreads });
      });
      cases.push({ key, ordinal: cases.length, case: c, verdict: verdicts.includes(null) ? null : (verdicts[0] ?? EMPTY_POOL) });
    }
  }
  const unknown = only.find((key) => !all.includes(key));
  if (unknown !== undefined) throw new PlanError(`the suite has no case "${unknown}"; \`paddock plan\` lists them`);
  return { cases, leftOut, idleRules: [...idle].map((rule) => JSON.stringify(rule)) };
}
