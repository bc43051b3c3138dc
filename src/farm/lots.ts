import type { PlannedCase } from '../domain/plan.ts';
import type { MeasurePolicy } from '../domain/preset.ts';
import { estimateCost } from './estimate.ts';
import { qualityItems, type RunSpec } from './run-spec.ts';

/**
 * Cases that one unit measures together, interleaved in blocks. What a device is named for is one lot; of a pool, all cases of a model are one, as
 * their numbers are compared, and two units of one make differ by more than many a change.
 */
export interface Lot {
  /** Names the lot from run to run: `SUITE/DEVICE`, of a pool `SUITE/pool:NAME/MODEL`. */
  readonly id: string;
  readonly cases: readonly PlannedCase[];
  /** Ids of the units that can take it. */
  readonly units: readonly string[];
  /** What it is estimated to cost on one unit. */
  readonly seconds: number;
}

/** Whether what runs on the unit offers what the case asks for. */
function offers(unit: string, { case: { runtime, delegate } }: PlannedCase, spec: RunSpec): boolean {
  return spec.harnesses[`${unit}/${runtime}`]?.delegates.includes(delegate) === true;
}

/** The cases that are to be measured, as lots in the order of the plan. */
export function makeLots(cases: readonly PlannedCase[], spec: RunSpec, policy: MeasurePolicy): Lot[] {
  const lots = new Map<string, { readonly id: string; readonly units: readonly string[]; readonly cases: PlannedCase[] }>();
  for (const planned of cases) {
    if (planned.verdict !== null) continue;
    const { device, model } = planned.case;
    const members = spec.units[device] ?? [device];
    const isPool = device.includes(':');
    const units = isPool ? members.filter((unit) => offers(unit, planned, spec)) : members;
    const id = [spec.suite.suite, device, ...(isPool ? [model] : [])].join('/');
    const key = [id, ...units].join('\n');
    const lot = lots.get(key) ?? { id, units, cases: [] };
    lots.set(key, lot);
    lot.cases.push(planned);
  }
  return [...lots.values()].map((lot) => ({ ...lot, seconds: [...estimateCost(lot.cases, policy, qualityItems(spec)).secondsByDevice.values()].reduce((sum, seconds) => sum + seconds, 0) }));
}
