import { caseFields } from '../domain/case.ts';
import type { PresetName } from '../domain/preset.ts';
import type { CaseResult, DeviceFacts } from '../domain/result.ts';
import { compareRuns, compareWithin } from '../farm/compare.ts';
import { PlanError } from '../farm/plan.ts';
import { judgeAdaptation, type Adaptation, type Finding, type SidePair } from '../history/adaptation.ts';
import { sideRun } from '../history/side-run.ts';
import { changeWords } from '../report/event-words.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { readResults } from './compare.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { Progress } from './progress.ts';
import { openRunRoster } from './run-roster.ts';
import { resolveRunId, storePath } from './run-ref.ts';
import { showEvent } from './show-event.ts';
import { loadSuite } from './suite-file.ts';
import { paint, printable, type Style } from './terminal.ts';
import { thisWorkplace } from './workplace.ts';

export interface CheckOptions {
  readonly base: string;
  readonly head: string;
  readonly device: readonly string[];
  readonly preset?: PresetName;
  readonly config?: string;
  readonly db?: string;
  readonly json?: true;
}

const STYLES: Readonly<Record<Finding['effect'], Style>> = { worse: 'red', better: 'green', note: 'dim' };

/** The same case under either runtime. */
function pairsByRuntime(results: readonly CaseResult[], base: string, head: string): SidePair[] {
  const rest = (result: CaseResult): string => JSON.stringify({ ...caseFields(result.case), runtime: '' });
  const heads = new Map(results.filter((result) => result.case.runtime === head).map((result) => [rest(result), result]));
  return results.filter((result) => result.case.runtime === base).flatMap((result) => {
    const other = heads.get(rest(result));
    return other === undefined ? [] : [{ base: result, head: other }];
  });
}

/** Both runtimes of a suite, measured now, launches interleaved. */
async function checkSuite(path: string, options: CheckOptions, signal: AbortSignal): Promise<Adaptation> {
  const { base, head } = options;
  const workplace = thisWorkplace();
  const { suite: whole, folder } = await loadSuite(path);
  for (const id of [base, head]) if (!whole.runtimes.some((runtime) => runtime.id === id)) throw new UsageError(`${path} has no runtime "${id}"; it has: ${whole.runtimes.map((runtime) => runtime.id).join(', ')}`);
  if (base === head) throw new UsageError('--base and --head name the same runtime');
  const devices = options.device.length === 0 ? whole.devices : options.device.map((id) => whole.devices.find((device) => device.id === id) ?? { id, sensorsRoot: '/' });
  const suite = { ...whole, devices, runtimes: whole.runtimes.filter(({ id }) => id === base || id === head) };
  const progress = new Progress(process.stderr);
  using store = openStore(storePath(options.db), { mode: 'write' });
  const { roster } = await openRunRoster({ suite, suiteFolder: folder, config: options.config, store: store.path, workplace, inUse: 'wait', signal, progress });
  await using _roster = roster;
  try {
    const { runId, results } = await sideRun({
      store, workplace, signal, roster, suite, suiteFolder: folder, purpose: 'check', preset: options.preset ?? suite.preset, command: 'paddock check', budgetSeconds: null,
      onEvent: (event) => { showEvent(event, progress, roster.units.length > 1 ? 'named' : 'alone'); },
    });
    const facts = store.devices(runId);
    const pairs = pairsByRuntime(results, base, head);
    const paired = new Set(pairs.map((pair) => pair.base.key));
    const gone = results.filter((result) => result.case.runtime === base && !paired.has(result.key));
    return judgeAdaptation(pairs, compareWithin(results, [{ base: { runtime: base }, head: { runtime: head } }]), { base: facts, head: facts }, gone);
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  } finally {
    progress.end();
  }
}

/** The devices of a stored run; none for a results folder, whose rows tell what matters. */
function devicesOf(store: Store, reference: string): readonly DeviceFacts[] {
  try {
    return store.devices(resolveRunId(store, reference));
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** Two runs that are there already: before and after an update. */
async function checkRuns({ base, head, db }: CheckOptions): Promise<Adaptation> {
  using cleanup = new DisposableStack();
  let opened: Store | null = null;
  const store = (): Store => (opened ??= cleanup.use(openStore(storePath(db), { mode: 'read' })));
  const [before, after] = [await readResults(base, store), await readResults(head, store)];
  const heads = new Map(after.map((result) => [result.key, result]));
  const pairs = before.flatMap((result) => {
    const other = heads.get(result.key);
    return other === undefined ? [] : [{ base: result, head: other }];
  });
  if (pairs.length === 0) throw new UsageError(`no case is in both ${base} and ${head}`);
  const facts = (reference: string): readonly DeviceFacts[] => (opened === null ? [] : devicesOf(opened, reference));
  return judgeAdaptation(pairs, compareRuns(before, after).comparisons, { base: facts(base), head: facts(head) }, before.filter(({ key }) => !heads.has(key)));
}

function print({ verdict, pairs, findings, changes }: Adaptation): void {
  const out = process.stdout;
  if (changes.length > 0) out.write(`${changes.map((change) => `${printable(changeWords(change))}\n`).join('')}\n`);
  for (const { kind, effect, key, text } of findings) out.write(`${paint(out, STYLES[effect], effect.padEnd(6))}  ${kind.padEnd(9)}  ${printable(key)}: ${printable(text)}\n`);
  const counts = (['worse', 'better', 'note'] as const).map((effect) => `${findings.filter((finding) => finding.effect === effect).length} ${effect}`);
  const why = verdict === 'undecided' ? '; of no case could the speed be told apart from noise: more launches would (--preset standard)' : '';
  out.write(`${findings.length > 0 ? '\n' : ''}${paint(out, 'bold', `${verdict.replace('-', ' ')}: ${pairs} ${pairs === 1 ? 'case' : 'cases'} on both sides; ${counts.join(', ')}${why}`)}\n`);
}

/** `paddock check`: what another runtime, driver, OS build or library file makes of the same cases. */
export async function check(suitePath: string | undefined, options: CheckOptions, signal: AbortSignal): Promise<ExitCode> {
  const adaptation = suitePath === undefined ? await checkRuns(options) : await checkSuite(suitePath, options, signal);
  if (options.json === true) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, ...adaptation }, null, 2)}\n`);
  else print(adaptation);
  return adaptation.verdict === 'passed' ? EXIT.ok : EXIT.notAllValid;
}
