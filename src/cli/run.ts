import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeRunId } from '../domain/ids.ts';
import type { PlannedCase } from '../domain/plan.ts';
import type { MeasurePolicy, PresetName } from '../domain/preset.ts';
import type { RunStatus } from '../domain/result.ts';
import type { RunReport } from '../domain/run-report.ts';
import type { RuntimeSpec } from '../domain/suite.ts';
import type { Reason } from '../domain/verdict.ts';
import { LocalDevice } from '../device/local.ts';
import { deviceWarnings } from '../device/warnings.ts';
import { estimateCost, locksIn } from '../farm/estimate.ts';
import { Farm } from '../farm/farm.ts';
import { finalizeRun } from '../farm/finalize.ts';
import { makePolicy } from '../farm/policy.ts';
import { changedData } from '../farm/quality-plans.ts';
import { qualityItems, readRunSpec, type RunSpec } from '../farm/run-spec.ts';
import { storedRunReport } from '../farm/stored-run.ts';
import { changedSince } from '../farm/unchanged.ts';
import type { Roster } from '../farm/unit.ts';
import type { Workplace } from '../farm/workplace.ts';
import { broughtHarnesses, type BroughtHarnesses } from '../history/keep-software.ts';
import { byNeed } from '../history/need.ts';
import { REPORT_FORMATS, writeReports } from '../report/registry.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { afterRun, failsOn, type RunFailOn } from './after-run.ts';
import { calledAs } from './called-as.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { goodUnits } from './good-units.ts';
import { Progress } from './progress.ts';
import { tellOwedNews } from './owed-news.ts';
import { claimRun, resolveRunId, storePath } from './run-ref.ts';
import { openRunRoster } from './run-roster.ts';
import { resumeCommand, runCommand } from './run-words.ts';
import { setUp } from './setup.ts';
import { showEvent } from './show-event.ts';
import { durationMs } from './since.ts';
import { printSummary } from './summary.ts';
import { duration } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

export interface RunOptions {
  readonly device: readonly string[];
  readonly case: readonly string[];
  readonly preset?: PresetName;
  readonly out?: string;
  readonly resume?: string;
  readonly db?: string;
  readonly config?: string;
  readonly seed?: number;
  readonly failOn?: RunFailOn;
  readonly confirm?: string;
  readonly budget?: string;
  readonly json?: true;
}

const UNFINISHED: readonly RunStatus[] = ['running', 'interrupted'];

/** A run that is in the store, new or taken up again. */
interface OpenRun {
  readonly runId: string;
  readonly spec: RunSpec;
  readonly policy: MeasurePolicy;
  readonly cases: readonly PlannedCase[];
  readonly roster: Roster;
}

async function startRun(suitePath: string | undefined, options: RunOptions, context: { store: () => Store; path: string; workplace: Workplace; signal: AbortSignal; progress: Progress }): Promise<OpenRun> {
  const { workplace, signal, progress } = context;
  const setup = await setUp({ suitePath, preset: options.preset, devices: options.device, seed: options.seed, only: options.case, budgetMinutes: options.budget === undefined ? undefined : durationMs(options.budget) / 60_000, config: options.config, store: context.path, inUse: 'wait', workplace, signal, progress });
  const { spec, policy, cases, roster } = setup;
  try {
    const now = new Date();
    const runId = makeRunId(now, randomInt(65_536));
    context.store().createRun({
      info: {
        id: runId, suite: spec.suite.suite, preset: spec.preset, seed: spec.seed, status: 'running', startedAt: now.toISOString(), endedAt: null, paddock: workplace.version,
        command: runCommand(suitePath, options, spec), warnings: [],
      },
      suite: JSON.stringify(spec), devices: roster.units.map((unit) => unit.device.facts), cases,
    });
    claimRun(context.store(), runId);
    return { runId, spec, policy, cases, roster };
  } catch (error) {
    await roster[Symbol.asyncDispose]();
    throw error;
  }
}

/** The run that `--resume` names: `latest` is the last one that is not whole, or has not told its news. Throws UsageError. */
function resumedRun(store: Store, reference: string): string {
  const owing = store.owedNews.runIds().at(-1);
  const unfinished = store.latestRun({ status: UNFINISHED });
  return reference === 'latest' && owing !== undefined && (unfinished === null || unfinished.id < owing) ? owing : resolveRunId(store, reference, UNFINISHED);
}

async function resumeRun(runId: string, { store, workplace, signal, progress }: { store: Store; workplace: Workplace; signal: AbortSignal; progress: Progress }): Promise<OpenRun> {
  if (store.run(runId)?.status === 'done') throw new UsageError(`run ${runId} is done; there is nothing to resume. \`paddock report ${runId}\` writes its reports again`);
  const spec = readRunSpec(store.runSuite(runId), runId);
  const { suite, suiteFolder, configPath, units, identities } = spec;
  const { roster } = await openRunRoster({ suite, suiteFolder, config: configPath ?? undefined, store: store.path, workplace, inUse: 'wait', before: { named: units, identities }, signal, progress });
  try {
    const harnessOf = async (id: string, runtime: RuntimeSpec): Promise<string> => (await roster.units.find((unit) => unit.id === id)?.harness(runtime, signal))?.sha256 ?? '';
    const change = await changedSince(spec, store.devices(runId), roster.units.map((unit) => unit.device.facts), harnessOf);
    const other = change ?? await changedData(spec, { suiteFolder, installFolder: workplace.installFolder, cacheFolder: workplace.cacheFolder, signal });
    if (other !== null) throw new UsageError(`run ${runId} can not be gone on with: ${other}. Start a new run; \`${calledAs()} report ${runId}\` shows what this one has`);
    store.reopenRun(runId);
    return { runId, spec, policy: makePolicy(suite, spec.preset), cases: [...store.plannedCases(runId)], roster };
  } catch (error) {
    await roster[Symbol.asyncDispose]();
    throw error;
  }
}

/** What a resumed run has stored already can not be asked for anew. Throws UsageError. */
function refuseWithResume(suitePath: string | undefined, { preset, seed, device, case: cases, config, budget }: RunOptions): void {
  const given = [suitePath === undefined ? null : suitePath, budget === undefined ? null : '--budget', preset === undefined ? null : '--preset', seed === undefined ? null : '--seed', device.length === 0 ? null : '--device', cases.length === 0 ? null : '--case', config === undefined ? null : '--config'].filter((word) => word !== null);
  if (given.length > 0) throw new UsageError(`--resume goes on with the suite, preset, seed, devices, cases and lab that the run has stored; leave ${given.join(', ')} out`);
}

function announce(run: OpenRun, progress: Progress): void {
  const { cases, policy } = run;
  const estimate = estimateCost(cases, policy, qualityItems(run.spec), locksIn(run.roster));
  const seconds = Math.max(0, ...estimate.machines.map((machine) => machine.seconds));
  const shared = estimate.machines.some(({ devices }) => devices.length > 1);
  const each = !shared ? '' : policy.budgetScope === 'device' ? ' for each device' : ' for each machine';
  const runnable = cases.filter((planned) => planned.verdict === null).length;
  progress.note(`run ${run.runId}: ${runnable} ${runnable === 1 ? 'case' : 'cases'}, ${estimate.launches} launches, preset ${policy.preset}, seed ${run.spec.seed}`, 'bold');
  progress.note(`about ${duration(seconds)}${policy.budgetSeconds === null ? '' : `; budget ${duration(policy.budgetSeconds)}${each}: no launch is started that would not end inside it`}`);
  for (const planned of cases) {
    if (planned.verdict !== null) progress.note(`${planned.verdict.status}: ${planned.key}: ${planned.verdict.reasons[0]?.message ?? ''}`, 'yellow');
  }
}

/** What takes a preset its meaning away. */
function presetWarnings({ suite, preset }: RunSpec): Reason[] {
  const changed = Object.keys(suite.measure);
  return preset === 'submission' && changed.length > 0 ? [{ code: 'not-mlperf', message: `the suite's measure (${changed.join(', ')}) changes the submission preset: these are not MLPerf's durations and counts` }] : [];
}

async function printReport(report: RunReport, { json }: RunOptions): Promise<void> {
  if (json === true) await (await import('./print-json.ts')).printResultsJson(report, process.stdout);
  else printSummary(report, process.stdout);
}

/** `--resume` of a run that has all its launches, and was ended before it had told its news. */
async function tellResumed(runId: string, options: RunOptions, { store, confirmSeconds, workplace, signal, progress }: { store: Store; confirmSeconds: number | null; workplace: Workplace; signal: AbortSignal; progress: Progress }): Promise<ExitCode> {
  progress.note(`run ${runId} has all its launches; what is left is to tell its news`, 'bold');
  const report = storedRunReport(store, runId);
  if (options.out !== undefined) {
    const folder = resolve(options.out);
    store.owedNews.update(runId, (owed) => ({ ...owed, folder }));
    await writeReports(report, REPORT_FORMATS.map((format) => format.id), folder);
  }
  await printReport(report, options);
  const news = await afterRun({ store, runId, spec: readRunSpec(store.runSuite(runId), runId), workplace, brought: new Map(), confirmSeconds, signal, progress });
  if (store.owedNews.find(runId) !== null) return EXIT.interrupted;
  return failsOn(news, options.failOn) ? EXIT.notAllValid : exitCodeOf(store, runId);
}

/** `paddock run`: measure, store, report. */
export async function run(suitePath: string | undefined, options: RunOptions, signal: AbortSignal): Promise<ExitCode> {
  if (options.resume !== undefined) refuseWithResume(suitePath, options);
  const confirmSeconds = options.confirm === undefined ? null : durationMs(options.confirm) / 1000;
  const workplace = thisWorkplace();
  const progress = new Progress(process.stderr);
  const path = storePath(options.db);
  using cleanup = new DisposableStack();
  let opened: Store | null = null;
  const store = (): Store => (opened ??= cleanup.use(openStore(path, { mode: 'write' })));
  const resumed = options.resume === undefined ? null : resumedRun(store(), options.resume);
  if (resumed !== null) claimRun(store(), resumed);
  if (existsSync(path)) await tellOwedNews({ store: store(), except: resumed, workplace, signal, progress });
  if (resumed !== null && store().owedNews.find(resumed) !== null) return await tellResumed(resumed, options, { store: store(), confirmSeconds, workplace, signal, progress });
  const current = resumed === null ? await startRun(suitePath, options, { store, path, workplace, signal, progress }) : await resumeRun(resumed, { store: store(), workplace, signal, progress });
  const { runId, spec, policy, cases } = current;
  await using roster = current.roster;
  const { units: all } = roster;
  store().addRunWarnings(runId, [...all.flatMap((unit) => deviceWarnings(unit.device.facts)), ...presetWarnings(spec)]);
  announce(current, progress);
  /** Why cases have fewer launches or answers than the preset wants, by key. */
  const short = new Map<string, Reason>();
  let interrupted = false;
  let stranded: ReadonlyMap<string, Reason> = new Map();
  try {
    const { units, absent } = await goodUnits({ store: store(), runId, spec, roster, workplace, signal, progress });
    const farm = new Farm({
      store: store(), runId, spec, policy, cases: byNeed(cases, store()), units, absent, host: new LocalDevice(), workplace, signal,
      onEvent: (event) => {
        const reason = showEvent(event, progress, units.length > 1 ? 'named' : 'alone');
        if (reason !== null && 'cases' in event) for (const key of event.cases) short.set(key, reason);
      },
    });
    stranded = await farm.run();
  } catch (error) {
    if (!signal.aborted) throw error;
    interrupted = true;
  } finally {
    progress.end();
  }
  const lack = interrupted ? { code: 'interrupted', message: 'the run was interrupted before this case had all its launches' } : null;
  finalizeRun(store(), runId, (key) => stranded.get(key) ?? short.get(key) ?? lack);
  store().addRunWarnings(runId, [...new Set(short.values())]);
  const status = interrupted ? 'interrupted' : 'done';
  const endedAt = new Date().toISOString();
  const folder = resolve(options.out ?? join('paddock-results', runId));
  const stored = storedRunReport(store(), runId);
  const report = { ...stored, run: { ...stored.run, status, endedAt } } as const;
  await writeReports(report, REPORT_FORMATS.map((format) => format.id), folder);
  // Only now: a run that is killed while its reports are written is still one to resume. From the same moment on it owes its news.
  store().together(() => {
    store().finishRun(runId, status, endedAt);
    if (!interrupted) store().owedNews.owe(runId, folder);
  });
  await printReport(report, options);
  const brought = interrupted || !spec.suite.watch.keep ? new Map() satisfies BroughtHarnesses : await broughtHarnesses(roster.units, spec, signal);
  // An A/B opens its device itself.
  await roster[Symbol.asyncDispose]();
  const news = interrupted ? null : await afterRun({ store: store(), runId, spec, workplace, brought, signal, progress, confirmSeconds });
  progress.note(`report: ${join(folder, 'report.html')}`);
  if (interrupted) {
    progress.note(`interrupted; go on with: ${resumeCommand(runId, options)}`, 'bold');
    return EXIT.interrupted;
  }
  if (store().owedNews.find(runId) !== null) return EXIT.interrupted;
  return news !== null && failsOn(news, options.failOn) ? EXIT.notAllValid : stranded.size > 0 ? EXIT.notAllValid : exitCodeOf(store(), runId);
}

/** 3 when no device could take a single case, 1 when a case failed or was invalid, or when the budget left time for none; else 0: `unsupported` and `skipped` alone are no failures. */
export function exitCodeOf(store: Store, runId: string): ExitCode {
  const counts = { ok: 0, invalid: 0, failed: 0, unsupported: 0, skipped: 0 };
  for (const { verdict } of store.results(runId)) counts[verdict.status]++;
  const { ok, invalid, failed, skipped } = counts;
  if (ok + invalid + failed + skipped === 0) return EXIT.noDevice;
  return invalid + failed > 0 || ok === 0 ? EXIT.notAllValid : EXIT.ok;
}
