import type { CaseResult } from '../../domain/result.ts';
import type { Reason } from '../../domain/verdict.ts';
import { deviceWords } from '../case-label.ts';
import { plainText } from '../plain-text.ts';
import type { Standing } from '../ranking.ts';

/** Numbers a reader of the table could ever see; saves a third of the bytes. */
const DIGITS = 7;

/**
 * Turns results into the compact rows that the page's table reads. Texts that recur are kept once, and a row names them by number. A row:
 * `[model, variant, runtime, delegate, workload, scenario, device, threads, batch, status, standing, reasons[], warnings[], provenance,
 * repro, metrics[]]`; a metric is `[value, low, high, n]`, or the number of the text that says why it is absent (-1: nothing says).
 * Change it together with reports/table.js.
 */
export class ResultRows {
  readonly #metricNames: readonly string[];
  readonly #standings: ReadonlyMap<string, Standing>;
  readonly #numbers = new Map<string, number>();

  constructor(metricNames: readonly string[], standings: ReadonlyMap<string, Standing>) {
    this.#metricNames = metricNames;
    this.#standings = standings;
  }

  row(result: CaseResult): readonly unknown[] {
    const { case: c, verdict, provenance } = result;
    const text = (value: string): number => this.#number(value);
    const reason = (value: Reason): number => this.#number(`${value.code}: ${value.message}`);
    return [
      text(c.model), text(c.variant), text(c.runtime), text(c.delegate), text(c.workload), text(c.scenario), text(deviceWords(c)), c.options.threads, c.options.batch,
      verdict.status, { best: 2, level: 1, none: 0 }[this.#standings.get(result.key) ?? 'none'], verdict.reasons.map(reason), result.warnings.map(reason),
      provenance === null ? -1 : text(`model ${provenance.modelSha256.slice(0, 12)} · runtime ${provenance.runtimeVersion} · harness ${provenance.harness} ${provenance.harnessSha256.slice(0, 12)} · ${provenance.deviceModel} · ${provenance.os} · clock ${provenance.clockRegime}`),
      plainText(result.repro),
      this.#metricNames.map((name) => {
        const metric = result.metrics[name];
        if (metric !== undefined) return [short(metric.value), short(metric.low), short(metric.high), metric.n];
        const why = result.absent[name];
        return why === undefined ? -1 : text(why);
      }),
    ];
  }

  /** The texts, in the order of their numbers. */
  texts(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  #number(value: string): number {
    const shown = plainText(value);
    const known = this.#numbers.get(shown);
    if (known !== undefined) return known;
    this.#numbers.set(shown, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(DIGITS));
}
