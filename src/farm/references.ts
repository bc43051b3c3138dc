import type { Device } from '../device/device.ts';
import { acquireLease } from '../device/lease.ts';
import type { LaunchTarget } from '../measure/target.ts';
import { computeReference, ReferenceMissing, referenceTarget, type Reference } from '../measure/verification.ts';
import type { ModelFormat } from '../domain/model-format.ts';
import { referenceVariant, type VariantSpec } from '../domain/suite.ts';
import type { ModelFile } from '../harness/model-file.ts';
import { readModelFormat } from '../harness/model-format.ts';
import { findDelegate, hostEngineFor } from '../runtime/registry.ts';
import type { Engine } from '../runtime/runtime.ts';
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

interface Chosen {
  readonly variant: VariantSpec;
  readonly file: ModelFile;
  /** Takes the file, which need not be of the format that the target's engine takes. */
  readonly engine: Engine;
}

interface Plainest {
  readonly target: LaunchTarget;
  /** On the device itself the same file is no second opinion, whatever its precision. */
  readonly kind: Reference['kind'];
}

/** Its own engine where that takes the format, so that only the delegate and the variant differ; else one of this host. */
function engineFor(format: ModelFormat, own: Engine): Engine | null {
  return own.formats.includes(format) ? own : hostEngineFor(format);
}

/** What the reference variants answer, computed once a model and batch size in a run, while nobody measures where it is computed. */
export class References {
  readonly #options: ReferenceOptions;
  readonly #known = new Map<string, Promise<Reference>>();

  constructor(options: ReferenceOptions) {
    this.#options = options;
  }

  /** The plainest path there is: the reference variant on this host's CPU, or on the device's own where its file's engine runs nowhere else. Throws ReferenceMissing. */
  async targetOf(target: LaunchTarget): Promise<LaunchTarget> {
    return (await this.#plainest(target)).target;
  }

  async #plainest(target: LaunchTarget): Promise<Plainest> {
    const { host, argv } = this.#options;
    const chosen = await this.#chosen(target);
    const { variant, file, engine } = chosen ?? target;
    const place = engine.referenceOn === 'host' ? { argv, device: host } : { argv: target.argv, device: target.device };
    const isItself = chosen === null || (engine.referenceOn === 'device' && file.sha256 === target.file.sha256);
    return { kind: isItself ? 'itself' : 'reference', target: referenceTarget(target, { variant, file, engine, delegate: findDelegate(engine, 'cpu') ?? target.delegate, ...place }) };
  }

  /** The variant that the suite means, where an engine of this host or the target's own takes its file; else the first fp32 variant of which that is true, this host's first. Null: none. */
  async #chosen({ model, engine }: LaunchTarget): Promise<Chosen | null> {
    const meant = referenceVariant(model);
    const wanted = model.variants.filter((variant) => variant === meant || variant.precision === 'fp32');
    const found: Chosen[] = [];
    for (const variant of wanted) {
      const file = this.#options.spec.files[`${model.id}/${variant.id}`];
      if (file === undefined) {
        if (variant === meant) throw new ReferenceMissing(`the file of variant ${variant.id}, which is the reference, could not be had`);
        continue;
      }
      const format = await readModelFormat(file.path).catch((error: unknown) => { throw new ReferenceMissing(`the file of variant ${variant.id} can't be read any more (${error instanceof Error ? error.message : String(error)})`, { cause: error }); });
      const runs = engineFor(format, engine);
      if (runs !== null) found.push({ variant, file, engine: runs });
    }
    const named = model.reference === undefined ? undefined : found.find(({ variant }) => variant === meant);
    return named ?? found.find((each) => each.engine.referenceOn === 'host') ?? found[0] ?? null;
  }

  /** Whoever asks first computes it in its own time; the others wait. Throws ReferenceMissing, and what `computeReference` throws at the second try. Call it without holding the lease of this machine or the device. */
  async of(target: LaunchTarget, { unit, clock }: Asker, signal: AbortSignal): Promise<Reference> {
    const { kind, target: plainest } = await this.#plainest(target);
    const there = plainest.engine.referenceOn === 'device';
    const key = `${kind}\n${target.model.id}\n${plainest.variant.id}\n${target.case.options.batch}\n${plainest.engine.name}\n${there ? unit.id : ''}`;
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
    return await work();
  }
}
