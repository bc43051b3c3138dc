import { dumpLines, type DumpOutcome } from './dump.ts';
import { parseDelegateLogs, type DelegateLog } from './delegate-logs.ts';

/** What the tool says about a series of inferences (tensorflow/core/util/stats_calculator.h, Stat::OutputToStream), µs. Means have six digits. */
export interface TimedSeries {
  readonly count: number;
  readonly firstUs?: number;
  readonly minUs?: number;
  readonly maxUs?: number;
  readonly averageUs?: number;
  readonly standardDeviationUs?: number;
  readonly medianUs?: number;
  readonly p5Us?: number;
  readonly p95Us?: number;
}

export interface BenchmarkModelLog {
  readonly initUs?: number;
  readonly modelSizeMb?: number;
  readonly peakMemoryMb?: number;
  /** The first series is the warm-up, always. */
  readonly warmUp?: TimedSeries;
  /** The second series; absent when the run ended before it. */
  readonly timed?: TimedSeries;
  /** The tool reached its closing line. */
  readonly completed: boolean;
  readonly delegates?: DelegateLog;
}

const SERIES_FIELDS = { first: 'firstUs', min: 'minUs', max: 'maxUs', avg: 'averageUs', std: 'standardDeviationUs', median: 'medianUs', p5: 'p5Us', p95: 'p95Us' } as const;

/** A number as C++ streams print it: `9.99242e+06` for seconds of µs. */
const NUMBER = /^\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?$/;

/** A series stands alone on its line; operator profiles have the same words after a label. */
const SERIES = /^(?:[VDIWE] [\w.]{1,40} ?: )?(?:INFO: )?count=(\d{1,9})((?: [a-z0-9]{1,10}=[^ ]{1,40})*)(?:\(all same\))?\s*$/;
const TOTALS = [
  ['initUs', /Inference timings in us: Init: ([\d.e+-]{1,40}),/],
  ['modelSizeMb', /The input model file size \(MB\): ([\d.e+-]{1,40})/],
  ['peakMemoryMb', /Overall peak memory footprint \(MB\)[\w ]{0,60}: ([\d.e+-]{1,40})/],
] as const;
const CLOSING = 'Inference timings in us:';
const CRASH = /\b(?:Segmentation fault|Aborted|SIGSEGV|SIGABRT|SIGKILL|Killed|Bus error|Benchmarking failed|Failed to (?:invoke|allocate tensors|initialize))/;

/** Reads the log of TensorFlow Lite's and LiteRT's benchmark_model, finished or broken off. */
export function parseBenchmarkModel(text: string): DumpOutcome<BenchmarkModelLog> {
  const lines = dumpLines(text);
  const series: TimedSeries[] = [];
  const totals: { initUs?: number; modelSizeMb?: number; peakMemoryMb?: number } = {};
  const warnings: string[] = [];
  let crash: string | null = null;
  for (const line of lines) {
    const [, count, rest = ''] = SERIES.exec(line) ?? [];
    if (count !== undefined) series.push(readSeries(Number(count), rest));
    for (const [field, pattern] of TOTALS) {
      const value = number(pattern.exec(line)?.[1]);
      if (value !== null) totals[field] ??= value;
    }
    crash ??= CRASH.exec(line)?.[0] ?? null;
  }
  const closings = lines.filter((line) => line.includes(CLOSING)).length;
  if (series.length === 0 && closings === 0 && !lines.some((line) => line.includes('Running benchmark for at least') || line.includes('Loaded model '))) {
    return { ok: false, reason: 'it has no `count=` line, no `Running benchmark for` line and no `Inference timings in us:` line of benchmark_model' };
  }
  if (series.length > 2 || closings > 1) return { ok: false, reason: `it holds more than one run (${series.length} series, ${closings} closing lines); pass one run` };
  const [warmUp, timed] = series;
  const completed = closings === 1 && timed !== undefined;
  if (timed === undefined) warnings.push(warmUp === undefined ? 'the run ended before its warm-up' : 'the run ended after its warm-up: there is no timed series');
  else if (!completed) warnings.push('the closing line is missing: the run broke off or the log is cut');
  if (crash !== null) warnings.push(`the log tells of a crash or failure: ${crash}`);
  const delegates = parseDelegateLogs(text);
  if (delegates.ok) warnings.push(...delegates.warnings);
  return {
    ok: true,
    value: { ...totals, ...(warmUp === undefined ? {} : { warmUp }), ...(timed === undefined ? {} : { timed }), completed, ...(delegates.ok ? { delegates: delegates.value } : {}) },
    warnings,
  };
}

function readSeries(count: number, rest: string): TimedSeries {
  const found: { -readonly [field in keyof TimedSeries]?: number } = {};
  const values = new Map(rest.trim().split(' ').map((part) => {
    const at = part.indexOf('=');
    return [part.slice(0, at), part.slice(at + 1)] as const;
  }));
  for (const [label, field] of Object.entries(SERIES_FIELDS)) {
    const value = number(values.get(label));
    if (value !== null) found[field] = value;
  }
  const only = number(values.get('curr'));
  // With one inference, or all alike, the tool prints `curr` alone.
  if (found.averageUs === undefined && found.firstUs === undefined && only !== null) Object.assign(found, { firstUs: only, minUs: only, maxUs: only, averageUs: only });
  return { count, ...found };
}

function number(text: string | undefined): number | null {
  return text === undefined || !NUMBER.test(text) ? null : Number(text);
}
