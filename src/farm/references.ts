import type { Device } from '../device/device.ts';
import { acquireLease } from '../device/lease.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { computeReference, ReferenceMissing, referenceTarget, type Reference } from '../measure/verification.ts';
import { findDelegate } from '../runtime/registry.ts';
import { referenceVariant } from '../domain/suite.ts';
import type { RunSpec } from './run-spec.ts';

export interface ReferenceOptions {
  readonly spec: RunSpec;
  /** This machine, whatever device asks: the reference is the plainest path there is, and the same for all. */
  readonly host: Device;
  /** The harness app that comes with Paddock. */
  readonly argv: readonly string[];
  /** Who asks, for those who wait for this machine. */
  readonly owner: string;
}

/** What the reference variants answer, computed once a model and batch size in a run, while nobody measures on this machine. */
export class References {
  readonly #options: ReferenceOptions;
  readonly #known = new Map<string, Promise<Reference>>();

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  /** Throws ReferenceMissing, and what `computeReference` throws. Call it without holding this machine's lease. */
  async of(target: LaunchTarget, signal: AbortSignal): Promise<Reference> {
    const { spec, host, argv, owner } = this.#options;
    const chosen = referenceVariant(target.model);
    const file = chosen === null ? undefined : spec.files[`${target.model.id}/${chosen.id}`];
    if (chosen !== null && file === undefined) throw new ReferenceMissing(`the file of variant ${chosen.id}, which is the reference, could not be had`);
    const variant = chosen ?? target.variant;
    const delegate = findDelegate(target.engine, 'cpu') ?? target.delegate;
    const key = `${target.model.id}\n${variant.id}\n${target.case.options.batch}\n${target.engine.name}`;
    const compute = async (): Promise<Reference> => {
      await using _lease = await acquireLease(host.facts.id, { owner, signal, onWait: () => undefined });
      return computeReference(referenceTarget(target, { variant, file: file ?? target.file, delegate, argv, device: host }), chosen === null ? 'itself' : 'reference', signal);
    };
    const known = this.#known.get(key) ?? compute();
    this.#known.set(key, known);
    return known;
  }
}
