import type { RuntimeSpec } from '../domain/suite.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Device } from '../device/device.ts';
import { prepareHarnessHere, type HarnessCommand } from '../harness/prepare-harness.ts';
import type { Workplace } from './workplace.ts';

/** Why a device can't be had back: `in-use`, another Paddock has it; `lost`, the device is to blame. */
export interface NotBack {
  readonly kind: 'in-use' | 'lost';
  readonly message: string;
}

/** Why a device is no longer used in a run; `host`: this host lacks what it needs. Only one that is lost is kept out of later runs too. */
export class UnitSetAside extends Error {
  override readonly name = 'UnitSetAside';
  readonly unit: string;
  readonly kind: NotBack['kind'] | 'host';
  constructor(unit: string, { kind, message }: { readonly kind: UnitSetAside['kind']; readonly message: string }) {
    super(message);
    this.unit = unit;
    this.kind = kind;
  }
}

/** A device of a run, with what it takes to lose it and to have it back. */
export interface Unit {
  readonly id: string;
  /** Whose lock each launch takes: the unit's own id, or that of the device that it computes on together with others, such as `local` for a browser of this machine. */
  readonly lockId: string;
  /** The open device; another object after it was lost and came back. */
  readonly device: Device;
  /** The command of a runtime's harness app there, with all that it needs brought there. Throws HarnessMissing, TransportFault. */
  harness(runtime: RuntimeSpec, signal: AbortSignal): Promise<HarnessCommand>;
  /** After a launch: null when the device was this run's alone all the while, else who took it, in words. Throws the signal's reason. */
  confirm(signal: AbortSignal): Promise<string | null>;
  /** Waits, within a bound, until a lost device is back as the same one, and clears away what it was left with. Null when it is, else why not. Throws the signal's reason. */
  recover(signal: AbortSignal): Promise<NotBack | null>;
}

/** This machine: it can't be lost without this process, and the lock that each launch takes ends with it only. */
export function localUnit(device: Device, suiteFolder: string, workplace: Workplace): Unit {
  return {
    id: device.facts.id, lockId: device.facts.id, device,
    harness: (runtime, signal) => prepareHarnessHere(runtime, { suiteFolder, installFolder: workplace.installFolder }, signal),
    confirm: () => Promise.resolve(null),
    recover: () => Promise.resolve({ kind: 'lost', message: 'this machine does not answer itself' }),
  };
}

/** The devices of a run. */
export interface Roster extends AsyncDisposable {
  /** Those that are open. */
  readonly units: readonly Unit[];
  /** Ids of the units that an entry of the suite's `devices` stands for, where it is not one unit's own id. */
  readonly named: Readonly<Record<string, string[]>>;
  /** Units that could not be opened, and what that makes of their cases. */
  readonly absent: ReadonlyMap<string, Verdict>;
  /** What the open ones but this machine say they are. Not for reports: serial numbers are nobody else's business. */
  readonly identities: Readonly<Record<string, string>>;
}
