import type { Device } from '../device/device.ts';
import { acquireLease } from '../device/lease.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { computeReference, ReferenceMissing, referenceTarget, type Reference } from '../measure/verification.ts';
import { findDelegate } from '../runtime/registry.ts';
import { referenceVariant } from '../domain/suite.ts';
import type { RunSpec } from './run-spec.ts';
import type { Unit } from './unit.ts';
import type { WorkClock } from './work-clock.ts';

/** Whose case asks, and the clock that its waits do not count on. */
export interface Asker {
  readonly unit: Pick<Unit, 'id' | 'lockId'>;
  readonly clock: WorkClock;
}

export interface ReferenceOptions {
  readonly spec: RunSpec;
  /** This machine, whatever device asks: the reference is the plainest path there is, and the same for all. */
  readonly host: Device;
  /** The harness app that comes with Paddock. */
  readonly argv: readonly string[];
  /** Who asks, for those who wait for this machine. */
  readonly owner: string;
  /** Called once for each owner that this machine is waited for. */
  readonly onWait: (owner: string) => void;
}

/** What the reference variants answer, computed once a model and batch size in a run, while nobody measures where it is computed. */
export class References {
  readonly #options: ReferenceOptions;
  readonly #known = new Map<string, Promise<Reference>>();

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  /** The plainest path there is: the reference variant on this host's CPU, or on the device's own where the engine runs nowhere else. Throws ReferenceMissing. */
  targetOf(target: LaunchTarget): LaunchTarget {
    const { spec, host, argv } = this.#options;
    const chosen = referenceVariant(target.model);
    const file = chosen === null ? undefined : spec.files[`${target.model.id}/${chosen.id}`];
    if (chosen !== null && file === undefined) throw new ReferenceMissing(`the file of variant ${chosen.id}, which is the reference, could not be had`);
    const place = target.engine.referenceOn === 'host' ? { argv, device: host } : { argv: target.argv, device: target.device };
    return referenceTarget(target, { variant: chosen ?? target.variant, file: file ?? target.file, delegate: findDelegate(target.engine, 'cpu') ?? target.delegate, ...place });
  }

  /** Whoever asks first computes it in its own time; the others wait. Throws ReferenceMissing, and what `computeReference` throws at the second try. Call it without holding the lease of this machine or the device. */
  async of(target: LaunchTarget, { unit, clock }: Asker, signal: AbortSignal): Promise<Reference> {
    const plainest = this.targetOf(target);
    const there = target.engine.referenceOn === 'device';
    // On the device itself the same file is no second opinion, whatever its precision.
    const kind = referenceVariant(target.model) === null || (there && plainest.file.sha256 === target.file.sha256) ? 'itself' : 'reference';
    const key = `${kind}\n${target.model.id}\n${plainest.variant.id}\n${target.case.options.batch}\n${target.engine.name}\n${there ? unit.id : ''}`;
    const compute = (): Promise<Reference> => this.#aloneOn(there ? unit.lockId : this.hostId, clock, signal, () => computeReference(plainest, kind, signal));
    // Every variant on every device hangs on it: a crash that does not come again must not leave them all unchecked.
    const known = this.#known.get(key);
    if (known !== undefined) return clock.whileWaiting(known);
    const computed = compute().catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof ReferenceMissing) throw error;
      return compute();
    });
    this.#known.set(key, computed);
    return computed;
  }

  /** This machine's id as a device. */
  get hostId(): string {
    return this.#options.host.facts.id;
  }

  /** Does work on this host while nobody measures on it. Call it without holding this machine's lease. */
  async alone<T>(clock: WorkClock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#aloneOn(this.hostId, clock, signal, work);
  }

  async #aloneOn<T>(lockId: string, clock: WorkClock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { owner, onWait } = this.#options;
    await using _lease = await clock.whileWaiting(acquireLease(lockId, { owner, signal, onWait }));
    return work();
  }
}
