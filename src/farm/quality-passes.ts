import type { PlannedCase } from '../domain/plan.ts';
import type { Reason } from '../domain/verdict.ts';
import type { ModelFileContext } from '../harness/model-file.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { ReferenceMissing } from '../measure/verification.ts';
import type { OpenItem } from '../quality/dataset-file.ts';
import { BLOCK_ITEMS, measureQuality, unanswered, type QualityPass } from '../quality/pass.ts';
import { qualityMetric } from '../quality/metric/registry.ts';
import { openProtocol, type QualityProtocol } from '../quality/protocol.ts';
import { QualityError } from '../quality/quality-error.ts';
import type { Store } from '../store/store.ts';
import { lastWord, type Digest } from './attempt-log.ts';
import { qualitySubject } from './estimate.ts';
import type { References } from './references.ts';
import type { RunSpec } from './run-spec.ts';

/** Items that one launch answers: a case that stands for its subject, and which items. */
export interface QualityBlock {
  readonly subject: string;
  readonly planned: PlannedCase;
  readonly block: number;
  readonly items: number;
}

export interface QualityPassesOptions {
  readonly store: Store;
  readonly runId: string;
  readonly spec: RunSpec;
  readonly references: References;
  readonly context: Omit<ModelFileContext, 'signal'>;
}

/** The quality passes of a run: those of earlier sessions, and those that are made now, which are durable when `add` returns. */
export class QualityPasses {
  readonly #options: QualityPassesOptions;
  /** By subject, then block; in the order made. */
  readonly #attempts = new Map<string, Map<number, Digest[]>>();
  readonly #protocols = new Map<string, Promise<QualityProtocol>>();
  readonly #spentSeconds = new Map<string, number>();

  constructor(options: QualityPassesOptions) {
    this.#options = options;
    for (const { subject, block, unit, record: { verdict }, startedAt, endedAt } of options.store.qualityAttempts(options.runId)) {
      this.#slot(subject, block).push({ unit, status: verdict.status, code: verdict.reasons[0]?.code ?? null, value: null });
      this.#spentSeconds.set(unit, this.spentSeconds(unit) + (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
    }
  }

  /** What earlier sessions took on a unit. */
  spentSeconds(unit: string): number {
    return this.#spentSeconds.get(unit) ?? 0;
  }

  /** Blocks of the cases' subjects that the unit has not answered yet; none of a subject with a block that failed. */
  missing(cases: readonly PlannedCase[], unit: string): QualityBlock[] {
    const { spec } = this.#options;
    const subjects = new Map(cases.map((planned) => [qualitySubject(planned), planned]));
    return [...subjects].flatMap(([subject, planned]) => {
      const model = spec.suite.models.find((item) => item.id === planned.case.model);
      const plan = spec.quality[planned.case.model];
      if (plan === undefined || model === undefined || model.weights === 'generated' || plan.data.origin === 'generated') return [];
      const blocks = Array.from({ length: Math.ceil(plan.data.items / BLOCK_ITEMS) }, (_, block) => ({ subject, planned, block, items: Math.min(BLOCK_ITEMS, plan.data.items - block * BLOCK_ITEMS) }));
      const settled = blocks.map(({ block }) => this.settled(subject, block, unit));
      return settled.some((digest) => digest !== null && digest.status !== 'ok') ? [] : blocks.filter((_, index) => settled[index] === null);
    });
  }

  /** The unit's last word on a block; null while there is none, or one that is worth another try. */
  settled(subject: string, block: number, unit: string): Digest | null {
    return lastWord(this.#slot(subject, block).filter((digest) => digest.unit === unit));
  }

  /** Whether a metric compares with the reference variant, which this host then answers beside the device. */
  comparesWithReference({ planned }: QualityBlock): boolean {
    return this.#model(planned).quality?.metrics.some((metric) => qualityMetric(metric).compares === 'reference') === true;
  }

  /** Answers a block on the target's device. What stands in the way of it is a record, never a throw. */
  async measure(asked: QualityBlock, target: LaunchTarget, signal: AbortSignal): Promise<QualityPass> {
    const { planned } = asked;
    try {
      return await this.#measure(asked, target, signal);
    } catch (error) {
      signal.throwIfAborted();
      // The data changed since the run was planned, or the reference variant could not be had.
      const sha256 = this.#options.spec.quality[planned.case.model]?.protocolSha256 ?? '';
      if (error instanceof QualityError) return unanswered({ code: `quality-${error.kind}`, message: error.message }, sha256);
      if (error instanceof ReferenceMissing) return unanswered({ code: 'no-reference', message: `its quality can not be compared with the reference's: ${error.message}` }, sha256);
      throw error;
    }
  }

  async #measure(asked: QualityBlock, target: LaunchTarget, signal: AbortSignal): Promise<QualityPass> {
    const { spec, references, context } = this.#options;
    const { planned, block } = asked;
    const protocol = await this.#protocol(planned, signal);
    const items: readonly OpenItem[] = protocol.dataset.items.slice(block * BLOCK_ITEMS, (block + 1) * BLOCK_ITEMS);
    const reference = this.comparesWithReference(asked) ? await references.targetOf(target) : null;
    // Batch and scenario are the representative case's; items go one by one.
    const single: LaunchTarget = { ...target, case: { ...target.case, options: { ...target.case.options, batch: 1 } } };
    const calibration = spec.quality[planned.case.model]?.calibration[planned.case.variant] ?? [];
    return measureQuality({ target: single, protocol, items, calibration, reference, cacheFolder: context.cacheFolder, suiteFolder: spec.suiteFolder, signal });
  }

  add({ subject, block }: QualityBlock, unit: string, pass: QualityPass, times: { readonly startedAt: string; readonly endedAt: string }): void {
    const { store, runId } = this.#options;
    const slot = this.#slot(subject, block);
    const { record, items } = pass;
    store.addQuality(runId, { subject, block, attempt: slot.length, unit, ...times, record, items });
    const [reason]: readonly Reason[] = record.verdict.reasons;
    slot.push({ unit, status: record.verdict.status, code: reason?.code ?? null, value: null });
  }

  #model({ case: { model: id } }: PlannedCase): RunSpec['suite']['models'][number] {
    const model = this.#options.spec.suite.models.find((item) => item.id === id);
    if (model === undefined) throw new Error(`the run's plan names a model that its suite does not have: ${id}`);
    return model;
  }

  async #protocol(planned: PlannedCase, signal: AbortSignal): Promise<QualityProtocol> {
    const model = this.#model(planned);
    if (model.quality === undefined) throw new Error(`the suite says nothing of the quality of ${model.id}`);
    const known = this.#protocols.get(model.id) ?? openProtocol(model, model.quality, { ...this.#options.context, signal });
    this.#protocols.set(model.id, known);
    return known;
  }

  #slot(subject: string, block: number): Digest[] {
    const blocks = this.#attempts.get(subject) ?? new Map<number, Digest[]>();
    this.#attempts.set(subject, blocks);
    const slot = blocks.get(block) ?? [];
    blocks.set(block, slot);
    return slot;
  }
}
