import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { caseResultSchema, COMPARISON_OUTCOMES, RESULTS_SCHEMA_VERSION, type CaseResult, type Comparison } from '../domain/result.ts';
import { selectorSchema, type Selector } from '../domain/selector.ts';
import { compareRuns, compareWithin, DEFAULT_MATERIALITY } from '../farm/compare.ts';
import { metricWords } from '../report/metric-names.ts';
import { NUMBER_FORMAT } from '../report/number.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { storePath, resolveRunId } from './run-ref.ts';
import { paint, printable, table, type Style } from './terminal.ts';

export interface CompareOptions {
  readonly base?: string;
  readonly head?: string;
  readonly failOn?: string;
  readonly materiality?: number;
  readonly db?: string;
  readonly json?: true;
}

const resultsFileSchema = z.object({ schemaVersion: z.literal(RESULTS_SCHEMA_VERSION), results: z.array(caseResultSchema) });
/** A larger results.json is not read whole. */
const MAX_RESULTS_BYTES = 1024 ** 3;
const STYLES: Readonly<Record<Comparison['outcome'], Style>> = { regressed: 'red', improved: 'green', equivalent: 'reset', noisy: 'yellow', incomparable: 'dim' };

/** Results by run id, `latest`, or a folder with results.json. Throws UsageError. */
export async function readResults(reference: string, store: () => Store): Promise<CaseResult[]> {
  const file = await stat(reference).then((facts) => (facts.isDirectory() ? join(reference, 'results.json') : facts.isFile() ? reference : null), () => null);
  if (file === null) {
    const opened = store();
    const runId = resolveRunId(opened, reference);
    if (opened.run(runId)?.status === 'running') throw new UsageError(`run ${runId} has no results yet; \`paddock run --resume ${runId}\` ends it, \`paddock report ${runId}\` takes it as it is`);
    return [...opened.results(runId)];
  }
  try {
    if ((await stat(file)).size > MAX_RESULTS_BYTES) throw new UsageError(`${file} is larger than 1 GiB`);
    return resultsFileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).results;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UsageError(`the folder ${reference} has no results.json; name the folder of a run, a run's id, or latest`);
    const detail = error instanceof z.ZodError ? `${error.issues[0]?.path.join('.') ?? ''}: ${error.issues[0]?.message ?? ''}` : error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} is not a results.json of schema version ${RESULTS_SCHEMA_VERSION}: ${detail}`);
  }
}

/** `threads=2,variant=int8` -> a selector. Throws UsageError. */
export function parseSelector(text: string): Selector {
  const fields = Object.fromEntries(text.split(',').map((part) => {
    const at = part.indexOf('=');
    if (at < 1) throw new UsageError(`"${part}" is not of the form FIELD=VALUE, as in variant=int8`);
    const [name, value] = [part.slice(0, at), part.slice(at + 1)];
    return [name, name === 'threads' || name === 'batch' ? Number(value) : value];
  }));
  const outcome = selectorSchema.safeParse(fields);
  if (!outcome.success) throw new UsageError(`"${text}" selects nothing: ${outcome.error.issues[0]?.message ?? ''}; fields are model, variant, runtime, delegate, workload, scenario, device, threads, batch`);
  return outcome.data;
}

function shortKey(comparison: Comparison): string {
  return comparison.base === comparison.head ? comparison.head : `${comparison.base} -> ${comparison.head}`;
}

function print(comparisons: readonly Comparison[], out: NodeJS.WriteStream): void {
  const order: readonly Comparison['outcome'][] = COMPARISON_OUTCOMES;
  const sorted = [...comparisons].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  const rows = sorted.map((c) => [
    c.outcome, metricWords(c.metric).label, c.ratio === null ? '—' : NUMBER_FORMAT.change(c.ratio),
    c.low === null || c.high === null ? '' : `${NUMBER_FORMAT.change(c.low)} to ${NUMBER_FORMAT.change(c.high)}`, String(c.n), printable(shortKey(c)), printable(c.reason),
  ]);
  const lines = table(['outcome', 'metric', 'change', '95 % interval', 'n', 'case', 'why'], rows, new Set([2, 4])).split('\n');
  out.write(`${paint(out, 'dim', lines[0] ?? '')}\n`);
  for (const [index, line] of lines.slice(1).entries()) {
    const outcome = sorted[index]?.outcome ?? 'noisy';
    out.write(`${paint(out, STYLES[outcome], outcome)}${line.slice(outcome.length)}\n`);
  }
  const counts = order.map((outcome) => [comparisons.filter((c) => c.outcome === outcome).length, outcome] as const).filter(([count]) => count > 0);
  out.write(`\n${paint(out, 'bold', counts.map(([count, outcome]) => `${count} ${outcome}`).join(', ') || 'nothing to compare')}\n`);
}

/** `paddock compare`: two runs case by case, or two sides inside one run. */
export async function compare(base: string, head: string | undefined, options: CompareOptions): Promise<ExitCode> {
  const within = options.base !== undefined || options.head !== undefined;
  if (within && (head !== undefined || options.base === undefined || options.head === undefined)) throw new UsageError('to compare inside one run, name one RUN and both --base FIELD=VALUE and --head FIELD=VALUE');
  if (!within && head === undefined) throw new UsageError('name two runs (BASE HEAD), or one with --base FIELD=VALUE --head FIELD=VALUE');
  const failOn = options.failOn?.split(',') ?? [];
  const unknown = failOn.find((word) => !(COMPARISON_OUTCOMES as readonly string[]).includes(word));
  if (unknown !== undefined) throw new UsageError(`--fail-on knows ${COMPARISON_OUTCOMES.join(', ')}, not "${unknown}"`);
  using cleanup = new DisposableStack();
  let opened: Store | null = null;
  const store = (): Store => (opened ??= cleanup.use(openStore(storePath(options.db), { mode: 'read' })));
  const materiality = options.materiality ?? DEFAULT_MATERIALITY;
  const first = await readResults(base, store);
  let comparisons: readonly Comparison[];
  let only: { onlyBase: readonly string[]; onlyHead: readonly string[] } = { onlyBase: [], onlyHead: [] };
  if (options.base !== undefined && options.head !== undefined) {
    comparisons = compareWithin(first, [{ base: parseSelector(options.base), head: parseSelector(options.head) }], materiality);
    if (comparisons.length === 0) throw new UsageError(`no two cases of ${base} match --base ${options.base} and --head ${options.head} and are alike otherwise`);
  } else {
    const outcome = compareRuns(first, await readResults(head ?? base, store), materiality);
    ({ comparisons } = outcome);
    only = outcome;
    if (comparisons.length === 0) throw new UsageError(`no case is in both runs: ${base} has ${first.length} cases, ${head ?? base} has others; a renamed model, variant, runtime, workload or device is another case`);
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify({ schemaVersion: RESULTS_SCHEMA_VERSION, comparisons, onlyBase: only.onlyBase, onlyHead: only.onlyHead }, null, 2)}\n`);
  else {
    print(comparisons, process.stdout);
    for (const [name, keys] of [['BASE', only.onlyBase], ['HEAD', only.onlyHead]] as const) if (keys.length > 0) process.stdout.write(`only in ${name}: ${keys.map(printable).join(', ')}\n`);
  }
  if (failOn.length > 0 && comparisons.every((c) => c.outcome === 'incomparable')) {
    process.stderr.write('nothing could be compared, so --fail-on can not pass\n');
    return EXIT.notAllValid;
  }
  return comparisons.some((c) => failOn.includes(c.outcome)) ? EXIT.notAllValid : EXIT.ok;
}
