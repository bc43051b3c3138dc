/** What the results of `recipe-suite.ts` say: a table in Markdown, and the goals. */
import type { CaseResult } from '../../src/domain/result.ts';
import type { MetricName } from '../../src/domain/metric.ts';

const QUALITY: readonly MetricName[] = ['quality_exact_match', 'quality_top1'];

function find(results: readonly CaseResult[], model: string, variant: string): CaseResult | undefined {
  return results.find((result) => result.case.model === model && result.case.variant === variant);
}

/** With two decimals; a dash for what was not measured. */
const shown = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : '–');
const timesAsFast = (gain: number): string => (Number.isFinite(gain) ? `is ${gain.toFixed(2)} times as fast` : 'has no measured time to say whether it is as fast');

const valueOf = (result: CaseResult | undefined, metric: MetricName): number => result?.metrics[metric]?.value ?? Number.NaN;

/** How many times as fast as the model's fp32 file, by the medians of interleaved launches. */
function gain(results: readonly CaseResult[], model: string, variant: string): number {
  return valueOf(find(results, model, 'fp32'), 'latency_p50') / valueOf(find(results, model, variant), 'latency_p50');
}

function withInterval(result: CaseResult, metric: MetricName | undefined): string {
  const found = metric === undefined ? undefined : result.metrics[metric];
  if (found === undefined) return '';
  return `${found.value.toFixed(1)} %${found.low === null || found.high === null ? '' : ` (${found.low.toFixed(1)}–${found.high.toFixed(1)})`}`;
}

/** One row a case: `against fp32` is the difference of the first quality figure on the same items, with its interval. */
export function recipeTable(results: readonly CaseResult[]): string {
  const rows = results.map((result) => {
    const { model, variant } = result.case;
    const against = result.quality?.against.find((each) => each.role === 'reference' && each.metric === result.quality?.primary);
    const difference = against === undefined ? '' : `${against.difference >= 0 ? '+' : ''}${against.difference.toFixed(1)}${against.low === null || against.high === null ? '' : ` (${against.low.toFixed(1)} to ${against.high.toFixed(1)})`}`;
    const [reason] = result.verdict.reasons;
    return [
      model, variant, shown(valueOf(result, 'model_size')), shown(valueOf(result, 'latency_p50')), shown(gain(results, model, variant)), withInterval(result, QUALITY.find((metric) => result.metrics[metric] !== undefined)),
      result.metrics.quality_cer === undefined ? '' : withInterval(result, 'quality_cer'), difference, result.parity?.cosine.toFixed(4) ?? '', `${result.verdict.status}${reason === undefined ? '' : `: ${reason.code}`}`,
    ];
  });
  const cells = [['model', 'variant', 'MiB', 'p50 ms', 'times fp32', 'right', 'character errors', 'points against fp32', 'cosine', 'verdict'], ...rows];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = cells;
  return [line(header), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n');
}

/** The goals of the variants' work: issue 4. */
const GOALS = { staticLossPoints: 2, staticGain: 1.4, dynamicGain: 2 } as const;

export function goals(results: readonly CaseResult[]): { readonly met: boolean; readonly text: string }[] {
  const exact = (variant: string): number => valueOf(find(results, 'ppocr-rec', variant), 'quality_exact_match');
  const loss = exact('fp32') - exact('int8-static');
  const [staticGain, dynamicGain] = [gain(results, 'ppocr-rec', 'int8-static'), gain(results, 'generated-encoder', 'int8-dynamic')];
  return [
    { met: loss <= GOALS.staticLossPoints, text: `int8-static of PP-OCRv4 recognition loses ${Number.isFinite(loss) ? loss.toFixed(1) : 'an unknown number of'} points of exact match; at most ${GOALS.staticLossPoints} are wanted` },
    { met: staticGain >= GOALS.staticGain, text: `and ${timesAsFast(staticGain)} as fp32; ${GOALS.staticGain} is wanted` },
    { met: dynamicGain >= GOALS.dynamicGain, text: `int8-dynamic of the generated encoder ${timesAsFast(dynamicGain)} as fp32; ${GOALS.dynamicGain} is wanted` },
  ];
}
