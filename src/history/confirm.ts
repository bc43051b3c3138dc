import { environmentChanges, type EnvironmentChange } from '../domain/environment.ts';
import { moved, type ChangeEvent, type Confirmation, type EventSeries } from '../domain/event.ts';
import type { CaseResult } from '../domain/result.ts';
import { type CasePoint, validPoints } from '../domain/series.ts';
import { watchRule } from '../domain/watch.ts';
import { DEFAULT_MATERIALITY } from '../farm/compare.ts';
import { changedData } from '../farm/quality-plans.ts';
import { PlanError } from '../farm/plan.ts';
import type { RunSpec } from '../farm/run-spec.ts';
import type { Roster } from '../farm/unit.ts';
import { cpuList } from '../parse/cpu-list.ts';
import { KeptFiles } from '../store/kept-files.ts';
import { findInAnswers, findInLaunches, IN_LAUNCHES, type Finding } from './ab-finding.ts';
import { percent } from './comparison-words.ts';
import { abSuite, coresOfArms, NotKept, protocolOf, type Arm } from './ab-suite.ts';
import { sideRun, type Bench } from './side-run.ts';
import { softwareChanges, softwareNights, type SoftwareNight } from './software.ts';
import type { Suite } from '../domain/suite.ts';

export interface ConfirmOptions extends Bench {
  /** Opens the device that an A/B is made on. Throws what says that it can't be reached. */
  readonly openRoster: (suite: Suite, spec: RunSpec) => Promise<Roster>;
  /** The most that the event's A/Bs may take together. */
  readonly budgetSeconds: number;
  readonly now: () => Date;
}

/** An A/B with less time than this says nothing: two loads, two checks and eight pairs of the shortest launches. */
export const LEAST_BUDGET_SECONDS = 30;

/** An event's A/Bs, all of one case on one unit. */
class Confirmer {
  readonly #event: ChangeEvent;
  readonly #options: ConfirmOptions;
  readonly #kept: KeptFiles;
  readonly #points: readonly CasePoint[];
  readonly #key: string;
  readonly #runIds: string[] = [];
  /** Where the quality moved: the night whose steps, metrics and data both sides are asked by, and whether the night before had others. */
  #protocol: { readonly night: SoftwareNight; readonly isNew: boolean } | null = null;
  /** Half of the change that is looked for, as a share: at first what the series shows, then what the first A/B did. */
  #suspected: number | null;
  readonly #startedMs = performance.now();

  constructor(event: ChangeEvent, options: ConfirmOptions) {
    this.#event = event;
    this.#options = options;
    this.#kept = new KeptFiles(options.store.path);
    this.#key = strongest(event)?.key ?? event.cases[0] ?? '';
    this.#points = options.store.history.casePoints(this.#key);
    const ratio = strongest(event)?.ratio ?? null;
    this.#suspected = ratio === null ? null : half(ratio);
  }

  async run(): Promise<Confirmation> {
    try {
      return await this.#run();
    } catch (error) {
      if (!(error instanceof NotKept)) throw error;
      return this.#cannot(this.#event.lastGood, this.#event.latest, error.message);
    }
  }

  async #run(): Promise<Confirmation> {
    const event = this.#event;
    const valid = validPoints(this.#points);
    const at = (runId: string): number => valid.findIndex((point) => point.runId >= runId);
    // The change lies from `earliest` to `latest`: the night before the one, and the other, are surely good and bad.
    const good = valid[Math.max(0, (event.kind === 'broke' ? valid.findLastIndex((point) => point.runId <= event.lastGood) : at(event.earliest) - 1))];
    const bad = event.kind === 'broke' ? this.#points.find((point) => point.runId === event.firstBad) : valid[at(event.latest)];
    if (good === undefined || good.environment === null || bad === undefined) return this.#cannot(event.lastGood, event.latest, 'the nights before and after are not in the store');
    if (bad.environment === null) return this.#cannot(good.runId, bad.runId, `nothing ran in run ${bad.runId}, so that nothing of it can be put back`);
    const [goodNight, badNight] = [{ runId: good.runId, environment: good.environment }, { runId: bad.runId, environment: bad.environment }];
    const nights = event.kind === 'broke' ? [goodNight, badNight] : softwareNights(this.#points, good.runId, bad.runId);
    const [first, last] = [nights[0], nights.at(-1)];
    const asked = (night: SoftwareNight): string | null => protocolOf(this.#options.store, night, this.#model());
    this.#protocol = this.#isQuality() ? { night: badNight, isNew: asked(goodNight) !== asked(badNight) } : null;
    const software = softwareChanges(good.environment, bad.environment);
    if (first === undefined || last === undefined || software.length === 0) {
      if (this.#protocol?.isNew === true) return this.#cannot(good.runId, bad.runId, 'no software changed between these nights, but what is asked did: the suite\'s steps or metrics, or the data set. No model is to blame');
      const others = environmentChanges(good.environment, bad.environment).map(({ field }) => field);
      return this.#cannot(good.runId, bad.runId, others.length === 0 ? 'nothing that is recorded changed between these nights: the device, or what stood around it, did' : `what changed (${others.join(', ')}) can't be put back`);
    }
    if (event.series.length > 0 && event.series.every((member) => member.metric === 'model_size')) return this.#exact(first, last, software);
    return this.#search(nights, software);
  }

  /** A/B of the first and the last software; then halves the nights between until two neighbours are left. */
  async #search(nights: readonly SoftwareNight[], software: readonly EnvironmentChange[]): Promise<Confirmation> {
    const whole = await this.#ab(nights[0], nights.at(-1));
    const [first, last] = [nights[0]?.runId ?? '', nights.at(-1)?.runId ?? ''];
    if (whole.kind === 'undecided') return this.#cannot(first, last, whole.reason);
    if (whole.kind === 'smaller') return { ...this.#of(whole), outcome: 'cannot-reproduce', base: first, head: last, cause: [], reason: `what changed was put back, and makes less than what the nights show, which is ${percent(strongest(this.#event)?.ratio ?? 1)}: ${whole.words}` };
    if (whole.kind === 'same' || whole.kind === 'other-way') {
      const shown = whole.kind === 'same' ? 'the A/B shows' : 'the A/B shows a change the other way';
      return { ...this.#of(whole), outcome: 'refuted', base: first, head: last, cause: [...software], reason: `what changed was put back, and ${shown}: ${whole.words}. ${this.#otherCause()}` };
    }
    if (whole.kind === 'changed' && whole.comparison.ratio !== null) this.#suspected = half(whole.comparison.ratio);
    let [low, high, doubt] = [0, nights.length - 1, ''];
    let found: Exclude<Finding, { kind: 'undecided' }> = whole;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      // A small change that comes before the large one is not what is looked for.
      const step = await this.#ab(nights[0], nights[middle], Math.max(this.#materiality(), this.#suspected ?? 0));
      if (step.kind === 'undecided' || step.kind === 'smaller') {
        doubt = `; which of ${high - low} changes it was could not be told: ${step.kind === 'undecided' ? step.reason : `a part of it was there by run ${nights[middle]?.runId ?? ''}: ${step.words}`}`;
        break;
      }
      if (step.kind === 'same' || step.kind === 'other-way') low = middle;
      else [high, found] = [middle, step];
    }
    const [base, head] = [nights[low], nights[high]];
    const cause = base === undefined || head === undefined ? [] : softwareChanges(base.environment, head.environment);
    const split = doubt === '' && base !== undefined && head !== undefined ? await this.#split(base, head, cause) : { cause, note: '' };
    return { ...this.#of(found), outcome: 'confirmed', base: base?.runId ?? first, head: head?.runId ?? last, cause: [...split.cause], reason: `${found.kind === 'broke' ? found.reason : `what is new against what was before on this device, ${this.#isQuality() ? 'answering the same' : 'launches side by side'}: ${found.words}`}${doubt}${split.note}` };
  }

  /** Model and runtime (or cores) that changed in one night are told apart by the new model on the old runtime. */
  async #split(base: SoftwareNight, head: SoftwareNight, cause: readonly EnvironmentChange[]): Promise<{ readonly cause: readonly EnvironmentChange[]; readonly note: string }> {
    const ofModel = cause.filter(({ field }) => field === 'model' || field === 'options');
    const ofRuntime = cause.filter(({ field }) => field === 'runtime' || field === 'harness' || field === 'cores' || field === 'cpus');
    if (ofModel.length === 0 || ofRuntime.length === 0) return { cause, note: '' };
    const model = await this.#arms([{ id: 'base', model: base, runtime: base }, { id: 'head', model: head, runtime: base }]);
    if (model.kind === 'undecided') return { cause, note: `; model and runtime changed in one night and could not be told apart: ${model.reason}` };
    if (model.kind === 'same' || model.kind === 'other-way') return { cause: ofRuntime, note: `; the new model on the old runtime does not show it: ${model.words}` };
    const runtime = await this.#arms([{ id: 'base', model: head, runtime: base }, { id: 'head', model: head, runtime: head }]);
    return runtime.kind === 'same' || runtime.kind === 'other-way' ? { cause: ofModel, note: '; the new model shows it on the old runtime too' } : { cause, note: '; both have a part in it' };
  }

  async #ab(base: SoftwareNight | undefined, head: SoftwareNight | undefined, materiality?: number): Promise<Finding> {
    if (base === undefined || head === undefined) return { kind: 'undecided', reason: 'a night is missing' };
    return this.#arms([{ id: 'base', model: base, runtime: base }, { id: 'head', model: head, runtime: head }], materiality);
  }

  async #arms(arms: readonly Arm[], materiality = this.#materiality()): Promise<Finding> {
    const { store, openRoster, budgetSeconds, workplace, signal } = this.#options;
    const left = budgetSeconds - (performance.now() - this.#startedMs) / 1000;
    if (left < LEAST_BUDGET_SECONDS) return { kind: 'undecided', reason: `the time given (${Math.round(budgetSeconds)} s) is spent` };
    const series = store.history.series({ key: this.#key })[0];
    const unit = arms[0]?.runtime.environment.unit ?? series?.case.device;
    if (series === undefined || unit === undefined) return { kind: 'undecided', reason: 'the case is not in the store' };
    try {
      const { suite, spec } = await abSuite({ protocol: this.#protocol?.night ?? null, store, kept: this.#kept, case: series.case, unit }, arms, this.#suspected ?? DEFAULT_MATERIALITY);
      const other = this.#protocol === null ? null : await changedData({ ...spec, suite: { ...spec.suite, models: spec.suite.models.filter(({ id }) => id === series.case.model) } }, { suiteFolder: spec.suiteFolder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder, signal });
      if (other !== null) return { kind: 'undecided', reason: `${other} now than in run ${this.#protocol?.night.runId ?? ''}, so that its answers can't be had again` };
      await using roster = await openRoster(suite, spec);
      const short = lacksCores(roster, unit, arms);
      if (short !== null) return { kind: 'undecided', reason: short };
      const { runId, results } = await sideRun({
        ...this.#options, purpose: 'confirm', suite, suiteFolder: spec.suiteFolder, preset: spec.preset, roster, command: `paddock confirm ${this.#event.id}`, budgetSeconds: left,
      });
      this.#runIds.push(runId);
      return this.#judge(results, arms, materiality);
    } catch (error) {
      if (!(error instanceof NotKept || error instanceof PlanError || (error instanceof Error && ['UsageError', 'TransportFault', 'ConfigError', 'QualityError'].includes(error.name)))) throw error;
      return { kind: 'undecided', reason: error.message };
    }
  }

  #judge(results: readonly CaseResult[], arms: readonly Arm[], materiality: number): Finding {
    const [base, head] = ['base', 'head'].map((id) => results.find((result) => result.case.model === id));
    if (base === undefined || head === undefined) return { kind: 'undecided', reason: 'a side of the A/B was not measured' };
    for (const [side, arm] of [[base, arms[0]], [head, arms[1]]] as const) {
      const wanted = arm?.runtime.environment.runtime;
      const ran = side.provenance?.runtimeVersion;
      if (arms[0]?.runtime.environment.runtime !== arms[1]?.runtime.environment.runtime && ran !== undefined && wanted !== undefined && ran !== wanted) return { kind: 'undecided', reason: `${ran} ran where ${wanted} was to run` };
    }
    if (base.verdict.status === 'ok' && ['failed', 'unsupported', 'invalid'].includes(head.verdict.status)) {
      const reason = `with the new software the case is ${head.verdict.status}: ${head.verdict.reasons[0]?.message ?? ''}`;
      return this.#event.kind === 'broke' ? { kind: 'broke', reason } : { kind: 'undecided', reason };
    }
    const lead = strongest(this.#event);
    if (lead !== null && this.#isQuality()) return findInAnswers(base, head, lead);
    const suspicion = { kind: this.#event.kind, members: this.#members() };
    const sharp = findInLaunches(results, suspicion, materiality);
    // What is too noisy to be alike to a few percent may still be surely less than half of what is suspected.
    if (sharp.kind !== 'undecided' || this.#suspected === null || this.#suspected <= materiality) return sharp;
    return findInLaunches(results, suspicion, this.#suspected);
  }

  /** Whether what moved is how right the answers are: that is answered anew, not timed. */
  #isQuality(): boolean {
    return strongest(this.#event)?.metric.startsWith('quality_') === true;
  }

  /** What is left to have done it when the software has not. */
  #otherCause(): string {
    return this.#protocol?.isNew === true ? 'What is asked changed too (the suite\'s steps or metrics, or the data set): no model is to blame' : 'The device, or what stood around it, changed';
  }

  #model(): string {
    return this.#options.store.history.series({ key: this.#key })[0]?.case.model ?? '';
  }

  #members(): readonly EventSeries[] {
    return this.#event.series.filter((member) => member.key === this.#key);
  }

  /** The smallest change that is called one: half of what the series shows, between the smallest that counts and what comparisons call material. */
  #materiality(): number {
    const lead = strongest(this.#event);
    const series = this.#options.store.history.series({ key: this.#key })[0];
    if (lead === null || series === undefined) return DEFAULT_MATERIALITY;
    const least = watchRule(lead.metric, series.case.scenario)?.minEffect ?? DEFAULT_MATERIALITY;
    return Math.min(DEFAULT_MATERIALITY, Math.max(least, half(lead.ratio)));
  }

  #of(finding: Finding): Pick<Confirmation, 'at' | 'runIds' | 'key' | 'metric' | 'ratio' | 'low' | 'high'> {
    const comparison = 'comparison' in finding ? finding.comparison : null;
    return { at: this.#options.now().toISOString(), runIds: this.#runIds, key: this.#key, metric: comparison?.metric ?? null, ratio: comparison?.ratio ?? null, low: comparison?.low ?? null, high: comparison?.high ?? null };
  }

  #exact(base: SoftwareNight, head: SoftwareNight, software: readonly EnvironmentChange[]): Confirmation {
    const ratio = strongest(this.#event)?.ratio ?? null;
    return { outcome: 'confirmed', at: this.#options.now().toISOString(), runIds: [], base: base.runId, head: head.runId, key: this.#key, metric: 'model_size', ratio, low: ratio, high: ratio, cause: software.filter(({ field }) => field === 'model'), reason: 'the size of a file is exact' };
  }

  #cannot(base: string, head: string, reason: string): Confirmation {
    return { outcome: 'cannot-reproduce', at: this.#options.now().toISOString(), runIds: this.#runIds, base, head, key: this.#runIds.length === 0 ? null : this.#key, metric: null, ratio: null, low: null, high: null, cause: [], reason };
  }
}

/** Why cores can't be put back: a harness can be held on fewer than the device gives, never on more, and of unlike cores it must be known which they were. */
function lacksCores(roster: Roster, unit: string, arms: readonly Arm[]): string | null {
  const held = coresOfArms(arms);
  const device = roster.units.find(({ id }) => id === unit)?.device;
  if (held === null || device === undefined) return null;
  const clusters = device.profile?.cpu?.clusters ?? [];
  if (clusters.length > 1 && !held.areRecorded) return `the number of usable cores changed, and which they were is not recorded: the device has unlike ones (${clusters.map(({ name }) => name).join(', ')})`;
  const needed = new Set(held.cores.flat());
  return device.facts.cores >= needed.size ? null : `cores ${cpuList([...needed])} are needed to put back what was; the device gives ${device.facts.cores} now`;
}

/** Half of a change, on the log scale, as a share: 1.21 -> 0.1. */
function half(ratio: number): number {
  return Math.expm1(Math.abs(Math.log(ratio)) / 2);
}

/** The series that an A/B has the best chance to show: one that was nominated by itself, with the largest change of those that launches are compared by; else of those that answers are. */
function strongest(event: ChangeEvent): EventSeries | null {
  const kind = (metric: string): number => ((IN_LAUNCHES as readonly string[]).includes(metric) ? 0 : metric === 'model_size' ? 2 : 1);
  const rank = ({ metric, p }: EventSeries): number => (p === null ? 3 : 0) + kind(metric);
  return [...event.series].sort((a, b) => rank(a) - rank(b) || Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)))[0] ?? null;
}

/**
 * Runs the software of the last good and the first bad night side by side on the device, and says what that makes of an event. What an A/B confirms or refutes becomes the
 * event's state; an acknowledged one keeps its own. Throws the signal's reason; the event then stays as it was.
 */
export async function confirmEvent(event: ChangeEvent, options: ConfirmOptions): Promise<ChangeEvent> {
  const confirmation = await new Confirmer(event, options).run();
  const { outcome, at, reason } = confirmation;
  return options.store.events.update(event.id, (now) => {
    const state = now.state === 'acknowledged' || now.state === 'fixed' || outcome === 'cannot-reproduce' ? now.state : outcome;
    return moved({ ...now, confirmation }, state, at, `${outcome}: ${reason}`);
  });
}

